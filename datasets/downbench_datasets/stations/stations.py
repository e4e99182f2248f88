"""The dataset ``stations``: gauges as truth, for predictions that are handed in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from downbench import (
    RAIN_LIMIT,
    Config,
    Dataset,
    FieldSequence,
    UserError,
    clean_precipitation,
    digest_file,
    digest_json,
    parameter,
    stem_of,
)
from downbench_datasets.shared.splits import DAY, check_split, period, time_bins
from downbench_datasets.stations.density import density_weights
from downbench_datasets.stations.table import read_gauges

VERSION = 1  # raise it when the same table gives other fields or weights


class StationsConfig(Config):
    """How a table is read."""

    units: str = parameter("mm/h", "Units of the column precipitation; an amount is that of one time step.")
    limit: float = parameter(RAIN_LIMIT, "Rain above it counts as missing data not declared.", "mm/h", gt=0)


class Stations(Dataset):
    """Places in one row of cells, all of the record as test; there is no coarse rain to downscale."""

    Config = StationsConfig
    name = "stations"
    factor = 1
    points = True
    coarse_is_mean = True  # of cells that are alone
    predictors = ("precipitation",)
    gap = np.timedelta64(0, "h")
    licence = "as its owners gave it"

    def __init__(self, config: StationsConfig, root: Path | None = None) -> None:
        super().__init__(config, root)
        if root is None:
            raise UserError("the dataset 'stations' needs a table", "give --data-root STATIONS.csv")
        self._limit, self._digest = config.limit, digest_file(root)
        gauges = read_gauges(root, config.units)
        self.variant, self.step = stem_of(root), gauges.step
        length = len(gauges.times) * gauges.step
        self.time_bin, self.resampling_block = time_bins(length, gauges.step, DAY)
        dims = ("time", "tile", "y", "x")
        rain = xr.DataArray(
            gauges.rain[:, None, None, :],
            dims=dims,
            coords={"time": gauges.times.astype("datetime64[ns]"), "tile": [0]},
        )
        self._rain = clean_precipitation(rain, str(root), config.limit)
        places = {
            "lat": gauges.latitude,
            "lon": gauges.longitude,
            "area": density_weights(gauges.latitude, gauges.longitude),
        }
        self._static = xr.Dataset({name: (dims[1:], line[None, None]) for name, line in places.items()})
        self.splits = {"test": period(rain["time"])}
        self.notes = (f"{len(gauges.names)} stations, weighted by their density",)

    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """All of it as test."""
        check_split(split)
        if split != "test":
            return ()
        coarse = self._rain.to_dataset(name="precipitation")
        return (FieldSequence("stations", coarse, self._rain, self._static, rain_limit=self._limit),)

    def fingerprint(self) -> str:
        """SHA-256 over the table and how it is read."""
        return digest_json(["stations", VERSION, self._digest, self.config.model_dump(mode="json")])
