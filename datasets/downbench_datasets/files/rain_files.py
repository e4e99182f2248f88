"""The dataset ``files``: rain that somebody brings, coarsened by block means."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat, field_validator

from downbench import (
    LEAST_BLOCKS,
    RAIN_LIMIT,
    CoarseInput,
    Config,
    Dataset,
    FieldSequence,
    UserError,
    calendar_of,
    digest_json,
    parameter,
    spacing,
)
from downbench import Config as _Config  # the class below has an attribute Config
from downbench_datasets.files.coarse_file import open_coarse_file
from downbench_datasets.files.rain_source import LIMITS, open_rain
from downbench_datasets.files.windows import best_windows, cut_windows
from downbench_datasets.shared.coarsening import coarsen, mask_blocks
from downbench_datasets.shared.fingerprint import digest_stores
from downbench_datasets.shared.persistence import block_of_controls, rain_memory
from downbench_datasets.shared.rain import RainLimits
from downbench_datasets.shared.regions import standard_regions
from downbench_datasets.shared.splits import (
    DAY,
    HOUR,
    LONG_GAP,
    LONG_RECORD,
    ONE_SEASON,
    check_split,
    describe,
    time_bins,
    time_splits,
)

EAGER = 64 << 20  # bytes of fine rain up to which it is read at once
_SAMPLE = 16  # frames that coverage is judged by


class RainFilesConfig(Config):
    """How files are read."""

    factor: int = parameter(8, "Fine cells along the edge of a coarse cell.", "fine cells", ge=2, le=64)
    variable: str | None = parameter(None, "Name of the precipitation variable, where several could be it.")
    crop: bool = parameter(False, "Leave out the last rows and columns that fill no coarse cell.")
    window: Annotated[int, Field(ge=8)] | None = parameter(
        256,
        "Side of the windows that validation and test are cut to; null takes the whole domain.",
        "fine cells",
    )
    missing: tuple[FiniteFloat, ...] = parameter(
        (),
        "Values that mark missing cells and are not declared by the file: -9999, or [-3, -1].",
        "units of the file",
    )
    limit: float = parameter(RAIN_LIMIT, "Rain above it is refused as missing data.", "mm/h", gt=0)
    windows: int = parameter(4, "Number of these windows, at most.", ge=1, le=64)

    @field_validator("missing", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return value if isinstance(value, list | tuple) else (value,)

    @property
    def limits(self) -> RainLimits:
        """What counts as rain."""
        return replace(LIMITS, missing=self.missing, limit=self.limit)


class RainFiles(Dataset):
    """Any NetCDF or zarr with a precipitation variable; precipitation is the only predictor."""

    Config = RainFilesConfig
    name = "files"
    coarse_is_mean = True
    predictors = ("precipitation",)

    def __init__(self, config: RainFilesConfig, root: Path | None = None) -> None:
        super().__init__(config, root)
        self._settings = config
        if root is None:
            raise UserError("the dataset 'files' needs files", "give --data-root FILE_OR_FOLDER")
        source = open_rain(root, config.variable, config.limits)
        self.factor, self._files = config.factor, source.files
        self._rain, self._static = _fit(source.rain, source.static, config, str(root))
        times = self._rain["time"].to_numpy()
        if len(times) < 2:
            raise UserError(f"{root}: {len(times)} time step is no sequence", "give at least 5 time steps")
        frames = spacing(times, calendar_of(self._rain["time"]))
        self.step, self._gaps = frames.step, frames.gaps
        self._splits = time_splits(len(times), self.step, str(root))
        self.gap = self._splits.gap * self.step
        self.variant, self.licence = root.resolve().stem, source.licence or "as its owners gave it"
        self.time_bin, self.resampling_block = time_bins(len(times) * self.step, frames.shortest, DAY)
        self.splits = describe(self._splits, self._rain["time"])
        self._windows = self._choose_windows()
        self._measure_block()
        self.notes = self._own_notes(times)

    def _measure_block(self) -> None:
        """Lengthen the resampling block to what differences between controls remember.

        Where there can be no intervals for want of blocks, nothing is read.
        """
        first, last = self._splits.test
        if (last - first) * self.step >= LEAST_BLOCKS * self.resampling_block:
            measured = block_of_controls(self.open("test"), self.factor, self.time_bin)
            self.resampling_block = max(self.resampling_block, measured)

    def _gap_note(self) -> list[str]:
        """Whether the gap between splits is shorter than the protocol asks for."""
        if self.gap >= LONG_GAP and self._rain.nbytes > EAGER:
            return []
        start, end = max(self._runs(0, self._rain.sizes["time"]), key=lambda run: run[1] - run[0])
        memory = rain_memory(self._rain.isel(time=slice(start, end)), self.step)
        if self.gap >= 2 * memory:
            return []
        hours = (float(span / HOUR) for span in (self.gap, 2 * memory))
        gap, wanted = (f"{value:.1f} h" for value in hours)
        return [f"gap between splits of {gap}, shorter than twice the e-folding time of mean rain ({wanted})"]

    def _own_notes(self, times: NDArray[np.datetime64]) -> tuple[str, ...]:
        length = len(times) * self.step
        test = self._splits.test[1] - self._splits.test[0]
        notes = ["same event"] if length < LONG_RECORD else []
        if length >= LONG_RECORD and test * self.step < ONE_SEASON:
            notes.append("one season")
        if self._windows:
            side = " x ".join(str(size) for size in self._window_shape)
            count = len(self._windows)
            notes.append(f"validation and test: {count} window{'s' if count > 1 else ''} of {side} cells")
        runs = len(self._runs(0, len(times)))
        if runs > 1:
            notes.append(f"{runs - 1} gaps in time: {runs} sequences")
        return tuple(notes + self._gap_note())

    @property
    def _sequence_name(self) -> str:
        """The variant as the name of a sequence, a path: other letters become a digest."""
        plain = re.sub(r"[^A-Za-z0-9_.-]", "_", self.variant).lstrip("_.-")[:60]
        if plain == self.variant:
            return plain
        return "-".join(part for part in (plain, digest_json(self.variant)[:6]) if part)

    @property
    def _window_shape(self) -> tuple[int, int]:
        side = self._settings.window or max(self._rain.shape[-2:])
        return min(side, self._rain.sizes["y"]), min(side, self._rain.sizes["x"])

    def _choose_windows(self) -> list[tuple[int, int]]:
        """Corners in fine cells of the windows that are scored; none where the whole domain is.

        Raises:
            UserError: the window is no multiple of the factor, or no coarse cell is ever valid.
        """
        side = self._settings.window
        frames = np.linspace(0, self._rain.sizes["time"] - 1, _SAMPLE).round().astype(int)
        valid = self._coverage(np.unique(frames))
        if not valid.any() and not self._coverage(np.arange(self._rain.sizes["time"])).any():
            raise UserError(
                f"{self.root}: every coarse cell has missing fine cells at all times", "is it masked?"
            )
        if side is None or self._rain.sizes["tile"] > 1 or max(self._rain.shape[-2:]) <= side:
            return []
        if side % self.factor:
            raise UserError(f"files.window = {side} is no multiple of the factor {self.factor}")
        height, width = (size // self.factor for size in self._window_shape)
        corners = best_windows(valid[0], (height, width), self._settings.windows)
        return [(row * self.factor, column * self.factor) for row, column in corners]

    def _coverage(self, frames: NDArray[np.int_]) -> NDArray[np.float64]:
        """Share of these frames in which a coarse cell is valid, (tile, y, x)."""
        return coarsen(self._rain.isel(time=frames), self.factor).notnull().mean("time").to_numpy()

    @cached_property
    def _fields(self) -> tuple[xr.DataArray, xr.DataArray]:
        """Fine and coarse rain of the whole record and domain, read at once where it is small."""
        fine = mask_blocks(self._rain, self.factor)
        if fine.nbytes <= EAGER:
            fine = fine.load()
        return fine, coarsen(fine, self.factor, self._static.get("area"))

    def _runs(self, first: int, last: int) -> list[tuple[int, int]]:
        """Stretches [start, end) of [first, last) without a gap in time."""
        breaks = self._gaps[(self._gaps > first) & (self._gaps < last)].tolist()
        edges = [first, *breaks, last]
        return list(pairwise(edges))

    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """Open a split, lazily if it is large: the whole domain in train, windows in validation and test."""
        check_split(split)
        fine, coarse = self._fields
        static = self._static
        if split != "train" and self._windows:
            small = self._window_shape[0] // self.factor, self._window_shape[1] // self.factor
            corners = [(row // self.factor, column // self.factor) for row, column in self._windows]
            fine = cut_windows(fine, self._windows, self._window_shape)
            static = cut_windows(static, self._windows, self._window_shape)
            coarse = cut_windows(coarse, corners, small)
        first, last = self._splits.frames(split)
        earliest = first - self._splits.warmup(split)
        sequences = []
        for start, end in self._runs(earliest, last):
            if end <= first:
                continue  # a gap in time cuts these frames off the split
            begin = max(start, first)
            name = self._sequence_name if not len(self._gaps) else f"{self._sequence_name}-{start}"
            sequences.append(
                FieldSequence(
                    name,
                    coarse.isel(time=slice(start, end)).to_dataset(name="precipitation"),
                    fine.isel(time=slice(begin, end)),
                    static,
                    warmup=begin - start,
                    rain_limit=self._settings.limit,
                )
            )
        return tuple(sequences)

    @cached_property
    def _fingerprint(self) -> str:
        return digest_json(
            {
                "content": sorted(digest_stores(self._files)),
                "configuration": self.config.model_dump(mode="json"),
                "splits": [self._splits.frames(split) for split in self.splits],
                "resampling_block": str(self.resampling_block),
                "windows": self._windows,
                "coarsening": {
                    "factor": self.factor,
                    "mean": "area-weighted" if "area" in self._static else "even",
                },
            }
        )

    def fingerprint(self) -> str:
        """SHA-256 over content, splits, windows and coarsening; the file's name does not count."""
        return self._fingerprint

    @classmethod
    def open_coarse(
        cls, path: Path, config: _Config, factor: int, inputs: Collection[str], static: Path | None = None
    ) -> CoarseInput:
        """Open coarse rain and what else is needed; of the configuration, what concerns the variable counts.

        Raises:
            UserError: cannot be read, or something is missing.
        """
        assert isinstance(config, RainFilesConfig)
        return open_coarse_file(path, config.variable, config.limits, factor, inputs, static)

    def regions(self, static: xr.Dataset) -> Mapping[str, xr.DataArray]:
        """Masks of tropics, extratropics, land, sea and mountains, where the static fields allow them."""
        return standard_regions(static)


def _fit(
    rain: xr.DataArray, static: xr.Dataset, config: RainFilesConfig, where: str
) -> tuple[xr.DataArray, xr.Dataset]:
    """Crop to whole coarse cells if that is wanted.

    Raises:
        UserError: the sizes are no multiples of the factor.
    """
    sizes = {dim: rain.sizes[dim] for dim in ("y", "x")}
    whole = {dim: size // config.factor * config.factor for dim, size in sizes.items()}
    if sizes == whole:
        return rain, static
    if not config.crop or 0 in whole.values():
        raise UserError(
            f"{where}: {sizes['y']} x {sizes['x']} cells are no multiple of the factor {config.factor}",
            f"--set files.crop=true keeps the first {whole['y']} x {whole['x']}",
        )
    inside = {dim: slice(0, size) for dim, size in whole.items()}
    return rain.isel(inside), static.isel(inside, missing_dims="ignore")
