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
)
from downbench import Config as _Config  # the class below has an attribute Config
from downbench_datasets.files.coarse_file import open_coarse_file
from downbench_datasets.files.config import RainFilesConfig
from downbench_datasets.files.in_memory import InMemory, take_fields
from downbench_datasets.files.inputs.predictors import Blocks, open_predictors
from downbench_datasets.files.inputs.statics import open_statics
from downbench_datasets.files.notes import gap_notes, length_notes, split_gap_notes, window_notes
from downbench_datasets.files.pairs.pair import Pair, find_file, on_fine, open_pair
from downbench_datasets.files.pairs.place import Place, place_of_record
from downbench_datasets.files.said import said_of
from downbench_datasets.files.splitting.cut import whole_of
from downbench_datasets.files.splitting.plan import plan_splits
from downbench_datasets.files.windows import cut_windows, inside, windows_of
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.reading.settings import ReadingConfig
from downbench_datasets.shared.coarsening import coarsen, mask_blocks
from downbench_datasets.shared.fingerprint import digest_stores
from downbench_datasets.shared.persistence import block_of_controls
from downbench_datasets.shared.regions import standard_regions
from downbench_datasets.shared.splits import DAY, check_split, time_bins

EAGER = 64 << 20  # bytes of fine rain up to which it is read at once


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
        if memory is not None:
            record, root = memory.record, Path("truth")
        elif root is not None:
            record = open_record(root, config)
        else:
            raise UserError("the dataset 'files' needs files", "give --data-root FILE_OR_FOLDER")
        self.factor, self._files = config.factor, record.files
        place = place_of_record(record) if config.statics or config.predictors else Place()
        static = self._statics(record, place)
        self._rain, self._static = _fit(record.rain, static, config, str(root))
        self._pair(record, root)
        self._open_predictors(record, place, root)
        times = self._rain["time"][self.time_factor - 1 :: self.time_factor]
        if len(times) < 2:
            raise UserError(
                f"{root}: {len(times)} time step does not make a sequence", "give at least 5 time steps"
            )
        frames = spacing(times.to_numpy(), calendar_of(times))
        self.step, self._gaps = frames.step / self.time_factor, frames.gaps
        unit = "member" if config.members is not None else "tile"
        whole = whole_of(self._rain, times, self._static, self.factor, str(root), unit)
        self._plan = plan_splits(whole, frames.step, config.split, config.splits, config.gap)
        self.gap = self._plan.gap * frames.step
        self.variant, self.licence = root.resolve().stem, record.licence or "as its owners gave it"
        self.time_bin, self.resampling_block = time_bins(len(times) * frames.step, frames.shortest, DAY)
        self.splits = self._plan.described(times)
        fine = self._rain if self._coarse is None else self._fields[0]
        self._windows = windows_of(
            fine, self._plan.parts, self.factor, config.window, config.windows, str(root)
        )
        self._measure_block()
        self.notes = self._own_notes(record)

    def _pair(self, record: RainRecord, root: Path) -> None:
        """Take coarse rain of its own where there is any, and those fine frames that it has."""
        config = self._settings
        self._coarse: xr.DataArray | None = None
        self._pair_notes: tuple[str, ...] = ()
        self._stamps, self._bounds = record.rain["time"].to_numpy()[:, None], record.bounds
        self._coarse_sources = record.sources
        self._parts: tuple[xr.DataArray, ...] = ()
        if self._memory is not None and self._memory.coarse is not None:
            self._use(self._memory.pair(self._rain))
        elif config.coarse is not None:
            self._use(self._open_pair(record, root, config.coarse))
        if config.coarse_parts and not self._parts:
            raise UserError(
                f"{root}: there are no coarse frames that are shorter than the fine ones",
                "leave out --set files.coarse_parts, or name such rain: --set files.coarse=FILE",
            )
        self.coarse_is_mean = self._coarse is None

    def _open_pair(self, record: RainRecord, root: Path, coarse: str) -> Pair:
        config = self._settings
        own = ReadingConfig(**{name: getattr(config, name) for name in ReadingConfig.model_fields})
        path = self._find(coarse)
        reading = config.coarse_reading or ReadingConfig() if path else own
        return open_pair(record, self._rain, self.factor, coarse, path, reading, root)

    def _use(self, pair: Pair) -> None:
        self._rain, self._coarse, self.time_factor = pair.fine, pair.coarse, pair.time_factor
        self._files = (*self._files, *pair.files)
        self._pair_notes = pair.notes
        self._stamps, self._bounds = pair.stamps, pair.bounds
        self._coarse_sources = pair.sources
        self._parts = pair.parts if self._settings.coarse_parts else ()
        self.coarse_parts = max(1, len(self._parts))

    def _find(self, name: str) -> Path | None:
        return find_file(name, self.root, self.homes) if self.root is not None else None

    def _statics(self, record: RainRecord, place: Place) -> xr.Dataset:
        asked = {str(name): source for name, source in self._settings.statics.items()}
        if not asked:
            return record.static
        static, files = open_statics(asked, record, place, self._find)
        self._files = (*self._files, *files)
        return static

    def _open_predictors(self, record: RainRecord, place: Place, root: Path) -> None:
        """Fields besides rain, on the coarse frames and cells."""
        asked = self._settings.predictors
        parts = {f"precipitation_{k}": part for k, part in enumerate(self._parts, 1)}
        if twice := sorted(parts.keys() & asked.keys()):
            raise UserError(f"{root}: two predictors are called {twice[0]!r}", "call yours otherwise")
        self.predictors = ("precipitation", *parts, *asked)
        self._inputs = xr.Dataset({name: part.assign_attrs(units="mm h-1") for name, part in parts.items()})
        if self._inputs.nbytes <= EAGER:
            self._inputs = self._inputs.load()
        if not asked:
            return
        times = self._rain["time"][self.time_factor - 1 :: self.time_factor]
        blocks = Blocks(
            self._rain, place, self.factor, self._static.get("area"), times, self._stamps, self._bounds
        )
        made, files, notes = open_predictors(asked, self._coarse_sources, blocks, self._find, str(root))
        self._inputs = self._inputs.assign(made.load() if made.nbytes <= EAGER else made)
        self._files = tuple(dict.fromkeys((*self._files, *files)))
        self._pair_notes = (*self._pair_notes, *notes)

    def _measure_block(self) -> None:
        """Lengthen the resampling block to what differences between controls remember.

        Where there can be no intervals for want of blocks, nothing is read.
        """
        length = self._plan.tested * self.time_factor * self.step
        if length >= LEAST_BLOCKS * self.resampling_block and self.time_factor == 1:
            measured = block_of_controls(self.open("test"), self.factor, self.time_bin)
            self.resampling_block = max(self.resampling_block, measured)

    def _longest_run(self) -> xr.DataArray:
        frames = self._rain.sizes["time"] // self.time_factor
        start, end = max(self._runs(0, frames), key=lambda run: run[1] - run[0])
        return self._rain.isel(time=slice(start * self.time_factor, end * self.time_factor))

    def _own_notes(self, record: RainRecord) -> tuple[str, ...]:
        frames = self._rain.sizes["time"]
        test = self._plan.tested * self.time_factor * self.step
        return (
            *length_notes(frames * self.step, test),
            *self._plan.notes,
            *window_notes(self._windows["test"]),
            *gap_notes(record.gaps, len(self._runs(0, frames // self.time_factor))),
            *split_gap_notes(self._longest_run(), self.step, self.gap, EAGER),
            *self._pair_notes,
            *record.notes,
        )

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
        fine = mask_blocks(self._rain, self.factor)
        if self._coarse is not None:
            fine = fine.where(on_fine(self._coarse.notnull(), fine, self.factor, self.time_factor))
        if fine.nbytes <= EAGER:
            fine = fine.load()
        if self._coarse is None:
            return fine, coarsen(fine, self.factor, self._static.get("area"))
        return fine, self._coarse.load() if fine.nbytes <= EAGER else self._coarse

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
        coarse = inside(rain.to_dataset(name="precipitation").assign(self._inputs), part, 1)
        fine = inside(fine, part, factor)
        static = inside(self._static, part, factor)
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
                    "mean": "area-weighted" if "area" in self._static else "even",
                },
            }
        )

    def _content(self) -> list[str]:
        return sorted(digest_stores(self._files)) if self._memory is None else [self._memory.digest]

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


def _fit(
    rain: xr.DataArray, static: xr.Dataset, config: RainFilesConfig, where: str
) -> tuple[xr.DataArray, xr.Dataset]:
    """Crop to whole coarse cells if that is wanted.

    Raises:
        UserError: the sizes are not multiples of the factor, or smaller than it.
    """
    sizes = {dim: rain.sizes[dim] for dim in ("y", "x")}
    whole = {dim: size // config.factor * config.factor for dim, size in sizes.items()}
    if sizes == whole:
        return rain, static
    if 0 in whole.values():
        raise UserError(
            f"{where}: {sizes['y']} x {sizes['x']} cells are less than one coarse cell of {config.factor} x "
            f"{config.factor}",
            "choose a smaller factor with --set files.factor=N",
        )
    if not config.crop:
        raise UserError(
            f"{where}: {sizes['y']} x {sizes['x']} cells are not a multiple of the factor {config.factor}",
            f"--set files.crop=true keeps the first {whole['y']} x {whole['x']}",
        )
    inside = {dim: slice(0, size) for dim, size in whole.items()}
    return rain.isel(inside), static.isel(inside, missing_dims="ignore")
