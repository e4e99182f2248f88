"""Small files with exactly the conventions of sources that users bring, all holding the same rain."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import xarray as xr

FRAMES, SIDE = 30, 8
START = np.datetime64("2020-03-01T00", "s")
HOUR = np.timedelta64(3600, "s")
LAT, LON = 50 - 0.25 * np.arange(SIDE), 5 + 0.25 * np.arange(SIDE)


def rain(frames: int = FRAMES) -> np.ndarray:
    """Hourly rain in mm/h, in sixty-fourths, so that sums are exact; frame k is of the hour k to k + 1."""
    values = np.random.default_rng(3).gamma(0.5, 3, (frames, SIDE, SIDE))
    values[values < 0.6] = 0
    return (np.round(values * 64) / 64).astype(np.float32)


def ends(frames: int = FRAMES) -> np.ndarray:
    """Ends of these hours."""
    return START + (np.arange(frames) + 1) * HOUR


def totals(values: np.ndarray, restart: int | None) -> np.ndarray:
    """Running totals that begin anew after so many frames, or never."""
    every = restart or len(values)
    parts = [values[k : k + every].cumsum(0) for k in range(0, len(values), every)]
    return np.concatenate(parts)


def numbers(times: np.ndarray, units: str, kind: str = "int64") -> np.ndarray:
    """Times as numbers: hours or seconds since a date."""
    unit, since = units.split(" since ")
    step = {"hours": HOUR, "seconds": np.timedelta64(1, "s"), "days": np.timedelta64(1, "D")}[unit]
    return ((times - np.datetime64(since.replace(" ", "T"), "s")) / step).astype(kind)


def lat_lon(
    values: np.ndarray, name: str, attrs: dict, times: np.ndarray, units: str, time: str = "time", **more
) -> xr.Dataset:
    """Fields on latitude (falling) and longitude."""
    return xr.Dataset(
        {name: ((time, "latitude", "longitude"), values, attrs), **more},
        {
            time: (time, numbers(times, units), {"units": units, "standard_name": "time"}),
            "latitude": ("latitude", LAT, {"units": "degrees_north", "standard_name": "latitude"}),
            "longitude": ("longitude", LON, {"units": "degrees_east", "standard_name": "longitude"}),
        },
    )


def write(data: xr.Dataset, path: Path) -> Path:
    """Write NetCDF without a word."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data.to_netcdf(path)
    return path


def era5_new(folder: Path) -> Path:
    """CDS since 2024: valid_time, expver as text, number, metres in the hour before."""
    attrs = {
        "units": "m",
        "GRIB_stepType": "accum",
        "standard_name": "unknown",
        "long_name": "Total precipitation",
    }
    data = lat_lon(rain() / 1000, "tp", attrs, ends(), "seconds since 1970-01-01", "valid_time")
    expver = ("valid_time", np.full(FRAMES, "0001", object))
    return write(data.assign_coords(number=0, expver=expver), folder / "data_stream-oper_stepType-accum.nc")


def era5_old(folder: Path) -> Path:
    """CDS before: a dim expver, one entry of which is valid."""
    both = np.full((FRAMES, 2, SIDE, SIDE), np.nan, np.float32)
    both[:20, 0], both[20:, 1] = rain()[:20] / 1000, rain()[20:] / 1000
    data = lat_lon(rain(), "tp", {}, ends(), "hours since 1900-01-01")
    dims = ("time", "expver", "latitude", "longitude")
    data["tp"] = dims, both, {"units": "m", "long_name": "Total precipitation"}
    return write(data.assign_coords(expver=[1, 5]), folder / "adaptor.mars.nc")


def era5_land(folder: Path) -> Path:
    """Running sums since 00 UTC; that of 00 UTC is the sum of the day before."""
    attrs = {"units": "m", "GRIB_stepType": "accum", "long_name": "Total precipitation"}
    values = totals(rain(72).astype(np.float64), 24) / 1000
    return write(lat_lon(values, "tp", attrs, ends(72), "hours since 1900-01-01"), folder / "land.nc")


def era5_rates(folder: Path) -> Path:
    """Mean rates."""
    attrs = {"units": "kg m**-2 s**-1", "long_name": "Mean total precipitation rate"}
    return write(lat_lon(rain() / 3600, "mtpr", attrs, ends(), "hours since 1900-01-01"), folder / "mtpr.nc")


def weatherbench(folder: Path) -> Path:
    """WeatherBench 2: metres in six hours, zarr, with small negatives."""
    values = 6 * rain() / 1000
    values[0, 0, 0] = -1e-9
    times = START + (np.arange(FRAMES) + 1) * 6 * HOUR
    attrs = {"units": "m", "long_name": "Total precipitation"}
    data = lat_lon(values, "total_precipitation_6hr", attrs, times, "hours since 1959-01-01")
    data = data.transpose("time", "longitude", "latitude")
    data.to_zarr(folder / "wb2.zarr", zarr_format=2)
    return folder / "wb2.zarr"


def analysis_archive(folder: Path) -> Path:
    """A sharded zarr 3 archive of analyses."""
    attrs = {"units": "kg m-2 s-1", "long_name": "Precipitation rate"}
    data = lat_lon(rain() / 3600, "precipitation_surface", attrs, ends(), "seconds since 1970-01-01")
    data["latitude"].attrs = {"units": "degree_north"}
    data["longitude"].attrs = {"units": "degree_east"}
    chunks = {"precipitation_surface": {"chunks": (5, 4, 4), "shards": (10, 8, 8)}}
    data.to_zarr(folder / "gefs.zarr", zarr_format=3, consolidated=False, encoding=chunks)
    return folder / "gefs.zarr"


def imerg(folder: Path) -> Path:
    """IMERG V07: group /Grid, (time, lon, lat), latitude rising, one file for each half hour."""
    series = folder / "imerg"
    series.mkdir()
    for k in range(6):
        begin = START + k * HOUR / 2
        values = np.where(np.arange(SIDE) == 7, np.float32(-9999.9), rain()[k, ::-1].T)[None]
        units = {"units": "seconds since 1980-01-06 00:00:00 UTC", "calendar": "julian"}
        seconds = numbers(np.array([begin, begin + HOUR / 2]), "seconds since 1980-01-06", "int32")
        data = xr.Dataset(
            {
                "precipitation": (("time", "lon", "lat"), values, {"units": "mm/hr"}),
                "randomError": (("time", "lon", "lat"), values, {"units": "mm/hr"}),
                "time_bnds": (("time", "nv"), seconds[None], units),
            },
            {
                "time": ("time", seconds[:1], units | {"bounds": "time_bnds"}),
                "lon": ("lon", LON, {"units": "degrees_east"}),
                "lat": ("lat", LAT[::-1], {"units": "degrees_north"}),
            },
        )
        data["precipitation"].encoding["_FillValue"] = np.float32(-9999.9)
        path = series / f"3B-HHR.MS.MRG.3IMERG.2020030{k}.V07B.HDF5"
        data.to_netcdf(path, group="Grid", engine="netcdf4")
        extra = xr.Dataset({"MWprecipitation": (("time", "lon", "lat"), values, {"units": "mm/hr"})})
        extra.to_netcdf(path, group="Grid/Intermediate", mode="a", engine="netcdf4")
    return series


def chirps(folder: Path) -> Path:
    """CHIRPS 2: mm/day, -9999, a standard name that CF does not have, latitude rising."""
    values = 24 * rain()[:, ::-1]
    values[:, 0, 0] = -9999
    times = START + np.arange(FRAMES) * np.timedelta64(1, "D")
    attrs = {
        "units": "mm/day",
        "standard_name": "convective precipitation rate",
        "missing_value": np.float32(-9999),
    }
    data = lat_lon(values, "precip", attrs, times, "days since 1980-01-01")
    return write(
        data.assign_coords(latitude=("latitude", LAT[::-1], data["latitude"].attrs)), folder / "chirps.nc"
    )


def cmip6(folder: Path) -> Path:
    """CMIP6: kg m-2 s-1, 360_day, bounds, times in the middle of the day, 1e20 for missing."""
    values = rain() / 3600
    values[:, 0, 0] = 1e20
    days = np.arange(FRAMES) + 15 + 0.5
    data = lat_lon(values, "pr", {}, ends(), "days since 1850-01-01")
    data["pr"].attrs = {
        "units": "kg m-2 s-1",
        "standard_name": "precipitation_flux",
        "cell_methods": "area: time: mean",
    }
    data["pr"].encoding["_FillValue"] = np.float32(1e20)
    said = {"units": "days since 1850-01-01", "calendar": "360_day", "bounds": "time_bnds"}
    data = data.assign_coords(time=("time", days, said))
    data["time_bnds"] = ("time", "bnds"), np.stack([days - 0.5, days + 0.5], 1)
    return write(data, folder / "pr_day_HadGEM3.nc")


def cordex(folder: Path) -> Path:
    """CORDEX: rlat and rlon with a rotated pole, latitude and longitude as surfaces."""
    lat, lon = np.meshgrid(LAT[::-1], LON, indexing="ij")
    days = np.arange(FRAMES) + 0.5
    data = xr.Dataset(
        {
            "pr": (
                ("time", "rlat", "rlon"),
                rain()[:, ::-1] / 3600,
                {"units": "kg m-2 s-1", "grid_mapping": "rotated_pole", "coordinates": "lat lon"},
            ),
            "rotated_pole": ((), 0, {"grid_mapping_name": "rotated_latitude_longitude"}),
        },
        {
            "time": ("time", days, {"units": "days since 1949-12-01", "calendar": "noleap"}),
            "rlat": ("rlat", 0.22 * np.arange(SIDE), {"standard_name": "grid_latitude", "units": "degrees"}),
            "rlon": ("rlon", 0.22 * np.arange(SIDE), {"standard_name": "grid_longitude", "units": "degrees"}),
            "lat": (
                ("rlat", "rlon"),
                lat + 0.01 * lon,
                {"standard_name": "latitude", "units": "degrees_north"},
            ),
            "lon": (("rlat", "rlon"), lon, {"standard_name": "longitude", "units": "degrees_east"}),
        },
    )
    return write(data, folder / "pr_EUR-22.nc")


def wrf(folder: Path) -> Path:
    """WRF: totals in mm of two schemes since the start, Times as bytes, XLAT and XLONG for each time."""
    whole = np.concatenate([np.zeros((1, SIDE, SIDE)), totals(rain().astype(np.float64), None)])[:, ::-1]
    moments = START + np.arange(FRAMES + 1) * HOUR
    lat, lon = np.meshgrid(LAT[::-1], LON, indexing="ij")
    dims = ("Time", "south_north", "west_east")
    words = np.array([list(str(moment).replace("T", "_")) for moment in moments], "S1")
    data = xr.Dataset(
        {
            "Times": (("Time", "DateStrLen"), words),
            "RAINC": (
                dims,
                whole * 0.25,
                {"units": "mm", "description": "ACCUMULATED TOTAL CUMULUS PRECIPITATION"},
            ),
            "RAINNC": (
                dims,
                whole * 0.75,
                {"units": "mm", "description": "ACCUMULATED TOTAL GRID SCALE PRECIPITATION"},
            ),
            "XLAT": (dims, np.broadcast_to(lat, whole.shape), {"units": "degree_north"}),
            "XLONG": (dims, np.broadcast_to(lon, whole.shape), {"units": "degree_east"}),
        }
    )
    return write(data, folder / "wrfout_d01_2020-03-01")


def conus404(folder: Path) -> Path:
    """CONUS404: mm in the output interval."""
    lat, lon = np.meshgrid(LAT, LON, indexing="ij")
    dims = ("time", "south_north", "west_east")
    data = xr.Dataset(
        {
            "PREC_ACC_NC": (
                dims,
                rain(),
                {
                    "units": "mm",
                    "long_name": "Accumulated grid scale precipitation",
                    "description": "Accumulated grid scale precipitation over prec_acc_dt periods of time",
                },
            )
        },
        {
            "time": ("time", numbers(ends(), "hours since 1979-10-01"), {"units": "hours since 1979-10-01"}),
            "XLAT": (("south_north", "west_east"), lat, {"units": "degree_north"}),
            "XLONG": (("south_north", "west_east"), lon, {"units": "degree_east"}),
        },
    )
    return write(data, folder / "conus404.nc")


def haduk(folder: Path) -> Path:
    """HadUK-Grid: mm in a day from 09 to 09 UTC, a file a month, British National Grid."""
    series, units = folder / "haduk", "hours since 1800-01-01"
    series.mkdir()
    centres = np.datetime64("2020-02-20T21", "s") + np.arange(FRAMES) * 24 * HOUR
    bounds = centres[:, None] + np.array([-12, 12]) * HOUR
    dims = ("time", "projection_y_coordinate", "projection_x_coordinate")
    line = 12000.0 * np.arange(SIDE)
    attrs = {
        "units": "mm",
        "standard_name": "lwe_thickness_of_precipitation_amount",
        "cell_methods": "time: sum (interval: 24 hours)",
        "grid_mapping": "transverse_mercator",
    }
    for month, part in (("02", slice(0, 9)), ("03", slice(9, FRAMES))):
        times = numbers(centres[part], units, "float64")
        data = xr.Dataset(
            {
                "rainfall": (dims, 24 * rain()[part, ::-1], attrs),
                "time_bnds": (("time", "bnds"), numbers(bounds[part], units, "float64")),
            },
            {
                "time": ("time", times, {"units": units, "bounds": "time_bnds"}),
                **{dim: (dim, line, {"units": "m", "standard_name": dim}) for dim in dims[1:]},
            },
        )
        write(data, series / f"rainfall_hadukgrid_uk_12km_day_2020{month}.nc")
    return series
