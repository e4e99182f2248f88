"""The dataset ``files``: rain that somebody brings, coarsened by block means or paired with coarse rain."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict
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
    stem_of,
)
from downbench import Config as _Config  # the class below has an attribute Config
from downbench_datasets.files.coarse_file import open_coarse_file
from downbench_datasets.files.config import RainFilesConfig
from downbench_datasets.files.in_memory import InMemory, take_fields
from downbench_datasets.files.material import EAGER, rain_of, read_material
from downbench_datasets.files.notes import (
    coverage_notes,
    gap_notes,
    length_notes,
    split_gap_notes,
    window_notes,
)
from downbench_datasets.files.pairs.pair import find_file
from downbench_datasets.files.said import said_of
from downbench_datasets.files.splitting.cut import whole_of
from downbench_datasets.files.splitting.plan import plan_splits
from downbench_datasets.files.windows import cut_windows, inside, windows_of
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.shared.fingerprint import digest_stores
from downbench_datasets.shared.persistence import block_of_controls
from downbench_datasets.shared.regions import standard_regions
from downbench_datasets.shared.splits import DAY, check_split, time_bins


class RainFiles(Dataset):
    """Any file or store with precipitation, with the predictors and static fields that are named."""

    Config = RainFilesConfig
    name = "files"
    predictors: tuple[str, ...] = ("precipitation",)
    homes: tuple[Path, ...] = ()  # folders that files of settings are looked for in, besides that of the rain

    def __init__(
        self, config: RainFilesConfig, root: Path | None = None, memory: InMemory | None = None
    ) -> None:
        super().__init__(config, root)
        self._settings, self._memory = config, memory
        record, root = self._record()
        material = read_material(record, config, memory, self._find, root)
        self.factor = material.factor
        if config.factor != self.factor:  # that of both grids, where nobody set one
            self.config = self._settings = config = config.model_copy(update={"factor": self.factor})
        self._material, self.time_factor = material, material.time_factor
        self.predictors = ("precipitation", *map(str, material.inputs))
        self.coarse_parts = material.coarse_parts
        self.coarse_is_mean = material.coarse is None
        times = material.coarse_times
        if len(times) < 2:
            raise UserError(
                f"{root}: {len(times)} time step does not make a sequence", "give at least 5 time steps"
            )
        frames = spacing(times.to_numpy(), calendar_of(times))
        self.step, self._gaps = frames.step / self.time_factor, frames.gaps
        unit = "member" if config.members is not None else "tile"
        whole = whole_of(material.rain, times, material.static, self.factor, str(root), unit)
        self._plan = plan_splits(whole, frames.step, config.split, config.splits, config.gap)
        self.gap = self._plan.gap * frames.step
        self.variant, self.licence = stem_of(root), record.licence or "as its owners gave it"
        self.time_bin, self.resampling_block = time_bins(len(times) * frames.step, frames.shortest, DAY)
        self.splits = self._plan.described(times)
        fine = material.rain if self.coarse_is_mean else self._fields[0]
        self._windows = windows_of(
            fine, self._plan.parts, self.factor, config.window, config.windows, str(root)
        )
        self._measure_block()
        self.notes = self._own_notes(record)

    def _record(self) -> tuple[RainRecord, Path]:
        """Fine rain, and where it comes from."""
        if self._memory is not None:
            return self._memory.record, Path("truth")
        if self.root is None:
            raise UserError("the dataset 'files' needs files", "give --data-root FILE_OR_FOLDER")
        return open_record(self.root, self._settings), self.root

    def _find(self, name: str) -> Path | None:
        return find_file(name, self.root, self.homes) if self.root is not None else None

    def _measure_block(self) -> None:
        """Lengthen the resampling block to what differences between controls remember.

        Where there can be no intervals for want of blocks, nothing is read.
        """
        length = self._plan.tested * self.time_factor * self.step
        if length >= LEAST_BLOCKS * self.resampling_block and self.time_factor == 1:
            measured = block_of_controls(self.open("test"), self.factor, self.time_bin)
            self.resampling_block = max(self.resampling_block, measured)

    def _longest_run(self) -> xr.DataArray:
        frames = len(self._material.coarse_times)
        start, end = max(self._runs(0, frames), key=lambda run: run[1] - run[0])
        return self._material.rain.isel(time=slice(start * self.time_factor, end * self.time_factor))

    def _own_notes(self, record: RainRecord) -> tuple[str, ...]:
        frames = self._material.rain.sizes["time"]
        test = self._plan.tested * self.time_factor * self.step
        notes = (
            *length_notes(frames * self.step, test),
            *self._plan.notes,
            *coverage_notes(self._material.rain, self.factor),
            *window_notes(self._windows["test"]),
            *gap_notes(record.gaps, len(self._runs(0, frames // self.time_factor))),
            *split_gap_notes(self._longest_run(), self.step, self.gap, EAGER),
            *self._material.notes,
            *record.notes,
        )
        return tuple(dict.fromkeys(notes))  # a file of both is read twice

    @property
    def _sequence_name(self) -> str:
        """The variant as the name of a sequence, a path: other letters become a digest."""
        plain = re.sub(r"[^A-Za-z0-9_.-]", "_", self.variant).lstrip("_.-")[:60]
        if plain == self.variant:
            return plain
        return "-".join(part for part in (plain, digest_json(self.variant)[:6]) if part)

    @cached_property
    def _fields(self) -> tuple[xr.DataArray, xr.DataArray]:
        """Fine and coarse rain of the whole record and domain, read at once where it is small."""
        return rain_of(self._material, self.factor)

    def _runs(self, first: int, last: int) -> list[tuple[int, int]]:
        """Stretches [start, end) of coarse frames [first, last) without a gap in time."""
        breaks = self._gaps[(self._gaps > first) & (self._gaps < last)].tolist()
        edges = [first, *breaks, last]
        return list(pairwise(edges))

    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """Open a split, lazily if it is large: the whole domain in train, windows in validation and test."""
        check_split(split)
        if split not in self._plan.parts:
            return ()
        part, factor = self._plan.parts[split], self.factor
        fine, rain = self._fields
        coarse = inside(rain.to_dataset(name="precipitation").assign(self._material.inputs), part, 1)
        fine = inside(fine, part, factor)
        static = inside(self._material.static, part, factor)
        if windows := self._windows[split]:
            fine, static = cut_windows(fine, windows), cut_windows(static, windows)
            coarse = cut_windows(coarse, windows.blocks(factor))
        return tuple(
            self._sequence(fine, coarse, static, start, begin, end)
            for first, last in part.frames
            for start, end in self._runs(first - self._plan.warmup(split, first), last)
            if end > (begin := max(start, first))  # else a gap in time cuts these frames off the split
        )

    def _sequence(
        self, fine: xr.DataArray, coarse: xr.Dataset, static: xr.Dataset, start: int, begin: int, end: int
    ) -> FieldSequence:
        """Coarse frames [start, end), of which those from ``begin`` on have fine ones."""
        alone = not len(self._gaps) and all(len(part.frames) == 1 for part in self._plan.parts.values())
        each = self.time_factor
        return FieldSequence(
            self._sequence_name if alone else f"{self._sequence_name}-{start}",
            coarse.isel(time=slice(start, end)),
            fine.isel(time=slice(begin * each, end * each)),
            static,
            warmup=begin - start,
            rain_limit=self._settings.limit,
            time_factor=each,
            record=self._sequence_name,
        )

    @property
    def _coarse_is_file(self) -> bool:
        coarse = self._settings.coarse
        return coarse is not None and self._find(coarse) is not None

    @cached_property
    def _fingerprint(self) -> str:
        return digest_json(
            {
                "content": self._content(),
                "configuration": said_of(self._settings, self._coarse_is_file),
                "splits": self._plan.key,
                "resampling_block": str(self.resampling_block),
                "windows": {split: asdict(windows) for split, windows in self._windows.items()},
                "coarsening": {
                    "factor": self.factor,
                    "mean": "area-weighted" if "area" in self._material.static else "even",
                },
            }
        )

    def _content(self) -> list[str]:
        return sorted(digest_stores(self._material.files)) if self._memory is None else [self._memory.digest]

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

    @classmethod
    def of_fields(cls, fine: xr.DataArray | xr.Dataset, coarse: xr.DataArray | xr.Dataset | int) -> Dataset:
        """A dataset of rain in memory, all of which is its test split.

        Raises:
            UserError: as with files.
        """
        memory = take_fields(fine, coarse)
        return cls(memory.config, None, memory)

    def regions(self, static: xr.Dataset) -> Mapping[str, xr.DataArray]:
        """Masks of tropics, extratropics, land, sea and mountains, where the static fields allow them."""
        return standard_regions(static)
