"""A table of gauges as a regular record: (time, station), NaN where nothing was reported."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from downbench import UserError, read_units, to_mm_per_hour

COLUMNS = ("station", "latitude", "longitude", "time", "precipitation")
MOST_VALUES = 2**28  # times x stations that a regular record may have


class Gauges(NamedTuple):
    """A record of gauges.

    Args:
        names: of the stations (n,), in order.
        latitude: degrees (n,).
        longitude: degrees (n,).
        times: evenly spaced.
        rain: mm/h (time, n).
        step: between times.
    """

    names: tuple[str, ...]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    times: NDArray[np.datetime64]
    rain: NDArray[np.float32]
    step: np.timedelta64


def read_gauges(path: Path, units: str) -> Gauges:
    """Read a table with the columns station, latitude, longitude, time and precipitation.

    Args:
        path: CSV, which may be compressed.
        units: of precipitation; an amount is that of one time step.

    Raises:
        UserError: a column is missing, a value cannot be read, a station has two places or a time two values,
            or times do not lie on even steps.
    """
    table = _read(path)
    places = table.groupby("station", sort=True)[["latitude", "longitude"]].agg(["min", "max"])
    latitude, longitude = (places[(name, "min")].to_numpy(np.float64) for name in ("latitude", "longitude"))
    moved = (places[("latitude", "max")] != latitude) | (places[("longitude", "max")] != longitude)
    names = tuple(map(str, places.index))
    if moved.any():
        name = names[int(moved.to_numpy().argmax())]
        raise UserError(f"{path}: station {name!r} has more than one place", "give each place a name")
    if (twice := table.duplicated(["station", "time"])).any():
        first = table[twice].iloc[0]
        raise UserError(f"{path}: {first['station']!r} has two values at {first['time']}", "keep one")
    times, step = _regular(table["time"].to_numpy().astype("datetime64[s]"), path)
    if len(times) * len(names) > MOST_VALUES:
        raise UserError(f"{path}: {len(times)} times of {len(names)} stations are too many", "cut the table")
    rain = np.full((len(times), len(names)), np.nan, np.float32)
    row = (table["time"].to_numpy().astype("datetime64[s]") - times[0]) // step
    rain[row.astype(np.int64), places.index.get_indexer(pd.Index(table["station"]))] = table["precipitation"]
    hours = float(step / np.timedelta64(1, "h"))
    return Gauges(names, latitude, longitude, times, rain * np.float32(_factor(units, hours)), step)


def _read(path: Path) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():  # of lines that end in a comma, which are no shifted columns
            warnings.simplefilter("ignore", pd.errors.ParserWarning)
            table = pd.read_csv(
                path, dtype={"station": str, "time": str}, skipinitialspace=True, index_col=False
            )
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise UserError(f"{path} cannot be read as a table: {str(error).splitlines()[0]}") from None
    table.columns = [str(name).strip().lower() for name in table.columns]
    if missing := [name for name in COLUMNS if name not in table.columns]:
        seen = ", ".join(map(repr, table.columns))
        raise UserError(
            f"{path} has no column {missing[0]!r}, but {seen}",
            f"it needs {', '.join(COLUMNS)}, parted by commas",
        )
    table = table[list(COLUMNS)].dropna(subset=["station", "latitude", "longitude", "time"])
    try:
        times = pd.to_datetime(table["time"].astype(str).str.strip(), utc=True, format="ISO8601")
        table["time"] = times.dt.tz_localize(None)
        for name in ("latitude", "longitude", "precipitation"):
            table[name] = pd.to_numeric(table[name])
    except (ValueError, TypeError) as error:
        raise UserError(
            f"{path}: {str(error).splitlines()[0].removesuffix(' You might want to try:')}",
            "write times as 2020-06-01T12:00, where no month is taken for a day, and numbers with a point",
        ) from None
    if not table["latitude"].between(-90, 90).all() or not table["longitude"].between(-360, 360).all():
        raise UserError(f"{path}: a latitude or longitude is none", "give degrees north and degrees east")
    if table.empty:
        raise UserError(f"{path} has no values")
    return table


def _regular(reported: NDArray[np.datetime64], path: Path) -> tuple[NDArray[np.datetime64], np.timedelta64]:
    """All times from the first to the last, in steps of the usual one."""
    times = np.unique(reported)
    if len(times) < 2:
        raise UserError(f"{path} has one time", "give at least two")
    steps, counts = np.unique(np.diff(times), return_counts=True)
    step = steps[counts.argmax()]
    off = (times - times[0]) % step != np.timedelta64(0, "s")
    if off.any():
        raise UserError(
            f"{path}: {times[off][0]} does not lie on steps of {step.astype('timedelta64[m]')}",
            "report all stations at the same even times",
        )
    return np.arange(times[0], times[-1] + step, step), step


def _factor(units: str, hours: float) -> float:
    meaning = read_units(units, "the gauges", "--set stations.units={}".format)
    if meaning.kind == "amount" and not meaning.per:
        return meaning.factor / hours
    return to_mm_per_hour(units, "the gauges")
