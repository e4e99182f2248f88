"""All that is read for the dataset ``files``: fine and coarse rain, static fields, predictors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import xarray as xr

from downbench import UserError
from downbench_datasets.files.config import RainFilesConfig
from downbench_datasets.files.cropping import whole_cells
from downbench_datasets.files.in_memory import InMemory
from downbench_datasets.files.inputs.predictors import Blocks, open_predictors
from downbench_datasets.files.inputs.statics import open_statics
from downbench_datasets.files.pairs.pair import Pair, Source, factor_between, on_fine, open_source, pair_of
from downbench_datasets.files.pairs.place import Place, place_of_record
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.reading.settings import ReadingConfig
from downbench_datasets.shared.coarsening import coarsen, mask_blocks

EAGER = 64 << 20  # bytes of fine rain up to which it is read at once
Find = Callable[[str], Path | None]


@dataclass(frozen=True)
class Material:
    """Fields of the whole record and domain, lazy.

    Args:
        factor: fine cells along the edge of a coarse one.
        rain: fine rain (time, tile, y, x) in mm/h, in whole coarse cells; of a pair, those frames that have a
            coarse one.
        coarse: coarse rain of its own (time, tile, Y, X) in mm/h; None where means of the fine stand for
            it.
        static: static fields on the fine grid.
        inputs: predictors on the coarse frames and cells, in their own units; first the coarse frames that
            are shorter than the fine ones, where they are wanted.
        time_factor: fine frames in the time of a coarse one.
        coarse_parts: coarse frames in the time of a fine one that are handed on.
        files: that all of it comes from.
        notes: how coarse rain of its own and predictors were made.
    """

    factor: int
    rain: xr.DataArray
    coarse: xr.DataArray | None
    static: xr.Dataset
    inputs: xr.Dataset
    time_factor: int
    coarse_parts: int
    files: tuple[Path, ...]
    notes: tuple[str, ...]

    @property
    def coarse_times(self) -> xr.DataArray:
        """Times of the coarse frames: each bears that of the last of its fine ones."""
        return self.rain["time"][self.time_factor - 1 :: self.time_factor]


def read_material(
    record: RainRecord, config: RainFilesConfig, memory: InMemory | None, find: Find, root: Path
) -> Material:
    """Read what the configuration asks for besides the record.

    Args:
        record: fine rain.
        config: of the dataset.
        memory: coarse rain that somebody has in memory, if that is where the rain is.
        find: the path of a file by what somebody calls it.
        root: of the record; its name in messages, where the rain is in memory.

    Raises:
        UserError: sizes that are not whole coarse cells; no such file or variable; times, places or grids
            that do not fit together.
    """
    place = place_of_record(record) if config.statics or config.predictors else Place()
    static, static_files = _statics(record, config, place, find)
    source = _source(record, config, memory, find, root)
    factor, said = _factor(record, source, config)
    rain, static = whole_cells(record.rain, static, factor, config.crop, str(root))
    pair = memory.pair(rain) if memory is not None and memory.coarse is not None else None
    if source is not None:
        pair = pair_of(record, source, rain, factor, str(root))
    parts = _parts(pair, config, str(root))
    read = Material(
        factor=factor,
        rain=pair.fine if pair else rain,
        coarse=pair.coarse if pair else None,
        static=static,
        inputs=parts.load() if parts.nbytes <= EAGER else parts,
        time_factor=pair.time_factor if pair else 1,
        coarse_parts=max(1, len(parts)),
        files=(*record.files, *static_files, *(pair.files if pair else ())),
        notes=(*said, *pair.notes) if pair else (),
    )
    return _with_predictors(read, record, pair, config, place, find, root) if config.predictors else read


def rain_of(material: Material, factor: int) -> tuple[xr.DataArray, xr.DataArray]:
    """Fine and coarse rain, missing in the same blocks; read at once where it is small.

    Args:
        material: of the dataset.
        factor: fine cells along the edge of a coarse one.
    """
    coarse = material.coarse
    fine = mask_blocks(material.rain, factor)
    if coarse is not None:
        fine = fine.where(on_fine(coarse.notnull(), fine, factor, material.time_factor))
    small = fine.nbytes <= EAGER
    if small:
        fine = fine.load()
    if coarse is None:
        return fine, coarsen(fine, factor, material.static.get("area"))
    return fine, coarse.load() if small else coarse


def _statics(
    record: RainRecord, config: RainFilesConfig, place: Place, find: Find
) -> tuple[xr.Dataset, tuple[Path, ...]]:
    asked = {str(name): source for name, source in config.statics.items()}
    return open_statics(asked, record, place, find) if asked else (record.static, ())


def _source(
    record: RainRecord, config: RainFilesConfig, memory: InMemory | None, find: Find, root: Path
) -> Source | None:
    """Coarse rain of its own in a file, where there is any."""
    if memory is not None or config.coarse is None:
        return None
    path = find(config.coarse)
    own = ReadingConfig(**{name: getattr(config, name) for name in ReadingConfig.model_fields})
    reading = config.coarse_reading or ReadingConfig() if path else own
    return open_source(record, config.coarse, path, reading, root)


def _factor(
    record: RainRecord, source: Source | None, config: RainFilesConfig
) -> tuple[int, tuple[str, ...]]:
    """The factor, and what to say of it: of a pair that of both grids, where nobody set one."""
    if source is None or "factor" in config.model_fields_set:
        return config.factor, ()
    factor = factor_between(record, source)
    if factor is None or factor == config.factor:
        return config.factor, ()
    return factor, (f"coarse cells are {factor} x {factor} fine ones, as both grids say",)


def _parts(pair: Pair | None, config: RainFilesConfig, where: str) -> xr.Dataset:
    """Coarse frames that are shorter than the fine ones, as predictors, where these are wanted."""
    if not config.coarse_parts:
        return xr.Dataset()
    if pair is None or not pair.parts:
        raise UserError(
            f"{where}: there are no coarse frames that are shorter than the fine ones",
            "leave out --set files.coarse_parts, or name such rain: --set files.coarse=FILE",
        )
    parts = {f"precipitation_{k}": part for k, part in enumerate(pair.parts, 1)}
    if twice := sorted(parts.keys() & config.predictors.keys()):
        raise UserError(f"{where}: two predictors are called {twice[0]!r}", "call yours otherwise")
    return xr.Dataset({name: part.assign_attrs(units="mm h-1") for name, part in parts.items()})


def _with_predictors(
    read: Material,
    record: RainRecord,
    pair: Pair | None,
    config: RainFilesConfig,
    place: Place,
    find: Find,
    root: Path,
) -> Material:
    """Fields besides rain, on the coarse frames and cells."""
    stamps, bounds, sources = (
        (pair.stamps, pair.bounds, pair.sources)
        if pair
        else (record.rain["time"].to_numpy()[:, None], record.bounds, record.sources)
    )
    area = read.static.get("area")
    blocks = Blocks(read.rain, place, read.factor, area, read.coarse_times, stamps, bounds)
    inputs, files, notes = open_predictors(config.predictors, sources, blocks, find, str(root))
    return replace(
        read,
        inputs=read.inputs.assign(inputs.load() if inputs.nbytes <= EAGER else inputs),
        files=tuple(dict.fromkeys((*read.files, *files))),
        notes=(*read.notes, *notes),
    )
