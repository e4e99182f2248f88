"""Rain that somebody has in memory, read as the same rain in a file would be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import xarray as xr
from pydantic import ValidationError

from downbench import UserError, digest_json, undecoded
from downbench_datasets.files.config import RainFilesConfig
from downbench_datasets.files.pairs.pair import Pair, Source, pair_of
from downbench_datasets.files.splitting.spec import SplitSpec, SplitsSpec
from downbench_datasets.reading.open_record import record_of
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.reading.settings import ReadingConfig

Fields = xr.DataArray | xr.Dataset


@dataclass(frozen=True)
class InMemory:
    """Rain in memory, all of which is the test split.

    Args:
        record: fine rain.
        coarse: coarse rain of its own; None where the mean of the fine stands for it.
        config: of the dataset.
    """

    record: RainRecord
    coarse: RainRecord | None
    config: RainFilesConfig

    @property
    def digest(self) -> str:
        """SHA-256 over the rain."""
        records = [self.record, *([] if self.coarse is None else [self.coarse])]
        return digest_json(
            [
                [hashlib.sha256(record.rain.to_numpy().tobytes()).hexdigest(), list(record.rain.shape)]
                for record in records
            ]
        )

    def pair(self, fine: xr.DataArray) -> Pair:
        """Coarse rain of its own, brought onto blocks of the fine rain.

        Raises:
            UserError: as with files.
        """
        assert self.coarse is not None
        source = Source(self.coarse, "the coarse rain")
        return pair_of(self.record, source, fine, self.config.factor, "the truth")


def take_fields(fine: Fields, coarse: Fields | int) -> InMemory:
    """Read rain that somebody has in memory.

    Args:
        fine: the truth; without units it is in mm/h.
        coarse: coarse rain likewise, or the number of fine cells along the edge of a coarse one.

    Raises:
        UserError: as with files.
    """
    record, own = _record(fine, "truth"), None if isinstance(coarse, int) else _record(coarse, "coarse")
    factor = coarse if isinstance(coarse, int) else _factor(record, own)
    try:
        config = RainFilesConfig(factor=factor, window=None, splits=SplitsSpec(test=SplitSpec()))
    except ValidationError:
        raise UserError(f"{factor} is no factor", "it is a whole number from 2 to 64") from None
    return InMemory(record, own, config)


def _record(fields: Fields, what: str) -> RainRecord:
    """The rain of one file that holds these fields, by the way of all files."""
    if isinstance(fields, xr.DataArray):
        name = "precipitation" if fields.name is None or fields.name in fields.dims else str(fields.name)
        fields = fields.to_dataset(name=name)
    source = undecoded(fields)
    rain = [field for field in source.data_vars.values() if field.ndim >= 3]
    plain = len(rain) == 1 and not str(rain[0].attrs.get("units", "")).strip()
    config = ReadingConfig(units="mm/h", variable=str(rain[0].name)) if plain else ReadingConfig()
    return record_of({Path(what): source}, Path(what), config)


def _factor(record: RainRecord, own: RainRecord | None) -> int:
    """Fine cells along the edge of a coarse one, by the sizes of both.

    Raises:
        UserError: it is no whole number, or not the same along y and x.
    """
    assert own is not None
    sizes = [(record.rain.sizes[dim], own.rain.sizes[dim]) for dim in ("y", "x")]
    factors = {fine / coarse for fine, coarse in sizes}
    if len(factors) > 1 or not min(factors).is_integer() or min(factors) < 2:
        shapes = [" x ".join(str(size[k]) for size in sizes) for k in (0, 1)]
        raise UserError(
            f"{shapes[0]} cells of truth are no whole number of cells for each of {shapes[1]} coarse ones",
            "bring the coarse rain onto blocks of fine cells, or give the factor: coarse=8 takes block means",
        )
    return int(min(factors))
