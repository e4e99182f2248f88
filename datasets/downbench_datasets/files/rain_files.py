"""The dataset ``files``: rain that somebody brings, coarsened by block means."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import xarray as xr

from downbench import (
    LEAST_BLOCKS,
    CoarseInput,
    Dataset,
    FieldSequence,
    UserError,
    calendar_of,
    digest_json,
    spacing,
)
from downbench import Config as _Config  # the class below has an attribute Config
from downbench_datasets.files.coarse_file import open_coarse_file
from downbench_datasets.files.config import RainFilesConfig
from downbench_datasets.files.notes import gap_notes, length_notes, split_gap_notes, window_notes
from downbench_datasets.files.windows import cut_windows, window_corners
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.shared.coarsening import coarsen, mask_blocks
from downbench_datasets.shared.fingerprint import digest_stores
from downbench_datasets.shared.persistence import block_of_controls
from downbench_datasets.shared.regions import standard_regions
from downbench_datasets.shared.splits import DAY, check_split, describe, time_bins, time_splits

EAGER = 64 << 20  # bytes of fine rain up to which it is read at once


class RainFiles(Dataset):
    """Any file or store with precipitation; precipitation is the only predictor."""

    Config = RainFilesConfig
    name = "files"
    coarse_is_mean = True
    predictors = ("precipitation",)

    def __init__(self, config: RainFilesConfig, root: Path | None = None) -> None:
        super().__init__(config, root)
        self._settings = config
        if root is None:
            raise UserError("the dataset 'files' needs files", "give --data-root FILE_OR_FOLDER")
        record = open_record(root, config)
        self.factor, self._files = config.factor, record.files
        self._rain, self._static = _fit(record.rain, record.static, config, str(root))
        times = self._rain["time"].to_numpy()
        if len(times) < 2:
            raise UserError(f"{root}: {len(times)} time step is no sequence", "give at least 5 time steps")
        frames = spacing(times, calendar_of(self._rain["time"]))
        self.step, self._gaps = frames.step, frames.gaps
        self._splits = time_splits(len(times), self.step, str(root))
        self.gap = self._splits.gap * self.step
        self.variant, self.licence = root.resolve().stem, record.licence or "as its owners gave it"
        self.time_bin, self.resampling_block = time_bins(len(times) * self.step, frames.shortest, DAY)
        self.splits = describe(self._splits, self._rain["time"])
        self._windows = window_corners(self._rain, self.factor, config.window, config.windows, str(root))
        self._measure_block()
        self.notes = self._own_notes(record)

    def _measure_block(self) -> None:
        """Lengthen the resampling block to what differences between controls remember.

        Where there can be no intervals for want of blocks, nothing is read.
        """
        first, last = self._splits.test
        if (last - first) * self.step >= LEAST_BLOCKS * self.resampling_block:
            measured = block_of_controls(self.open("test"), self.factor, self.time_bin)
            self.resampling_block = max(self.resampling_block, measured)

    def _longest_run(self) -> xr.DataArray:
        start, end = max(self._runs(0, self._rain.sizes["time"]), key=lambda run: run[1] - run[0])
        return self._rain.isel(time=slice(start, end))

    def _own_notes(self, record: RainRecord) -> tuple[str, ...]:
        frames = self._rain.sizes["time"]
        return (
            *length_notes(self._splits, self.step, frames),
            *window_notes(len(self._windows), self._window_shape),
            *gap_notes(record.gaps, len(self._runs(0, frames))),
            *split_gap_notes(self._longest_run(), self.step, self.gap, EAGER),
            *record.notes,
        )

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
        return open_coarse_file(path, config, factor, inputs, static)

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
