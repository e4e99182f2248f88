"""Small imitations of published layouts, each with the rain in mm/h that a card has to make of it.

Names, dims, units, order of rows, fill values and times are those of the real files; sizes are not.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import radar_files
import xarray as xr

HOUR = np.timedelta64(1, "h")


@dataclass
class Imitation:
    """What was written.

    Args:
        rain: that comes out, (time, y, x) in mm/h, north first, NaN where missing.
        files: below the address; empty keeps the card's.
        times: first and last time of the names, in place of the card's.
        recipe: changes of the card's recipe, whose rows and columns are of the real grid.
        first: time of the first frame that comes out.
    """

    rain: np.ndarray
    first: str
    files: list[str] = field(default_factory=list)
    times: tuple[str, str] | None = None
    recipe: dict[str, Any] = field(default_factory=dict)


def drops(frames: int, rows: int, columns: int, seed: int = 1) -> np.ndarray:
    """Rain in mm/h, half of it dry."""
    noise = np.random.default_rng(seed).normal(size=(frames, rows, columns))
    return np.clip(noise, 0, None).astype(np.float32)


def _zarr2(path: Path, data: xr.Dataset) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data.to_zarr(path, zarr_format=2, consolidated=True)


def _lat_lon(south: float, north: float, step: float) -> dict[str, tuple]:
    lat = np.arange(north, south - step / 2, -step)
    lon = np.arange(0, 360, step)
    return {
        "latitude": ("latitude", lat, {"units": "degrees_north", "standard_name": "latitude"}),
        "longitude": ("longitude", lon, {"units": "degrees_east", "standard_name": "longitude"}),
    }


def _hours_since(year: int, times: np.ndarray) -> tuple:
    hours = (times - np.datetime64(f"{year}-01-01", "h")) / HOUR
    units = {"units": f"hours since {year}-01-01", "calendar": "proleptic_gregorian"}
    return ("time", hours.astype(np.int64), units)


def arco(folder: Path) -> Imitation:
    """ERA5 of ARCO: global, north first, 0 to 360 E, hourly sums in metres, beyond the period too."""
    times = np.datetime64("2019-12-31T21", "h") + np.arange(10) * HOUR
    coords = _lat_lon(30, 74, 4)
    rain = drops(10, len(coords["latitude"][1]), len(coords["longitude"][1]))
    tp = (("time", "latitude", "longitude"), rain / 1000, {"units": "m", "long_name": "Total precipitation"})
    other = (("time", "latitude", "longitude"), rain, {"units": "K"})
    data = xr.Dataset(
        {"total_precipitation": tp, "2m_temperature": other}, {**coords, "time": _hours_since(1900, times)}
    )
    _zarr2(folder / "ar" / "full_37-1h-0p25deg-chunk-1.zarr-v3", data.chunk({"time": 1}))
    lat, lon = coords["latitude"][1], coords["longitude"][1]
    inside = rain[4:][:, (lat >= 34) & (lat <= 66)]
    return Imitation(
        np.concatenate([inside[..., lon >= 348], inside[..., lon <= 36]], -1),
        "2020-01-01T01",
        ["ar/full_37-1h-0p25deg-chunk-1.zarr-v3"],
    )


def weatherbench2(folder: Path) -> Imitation:
    """ERA5 of WeatherBench 2: 6-hourly sums in metres, tiny negatives."""
    times = np.datetime64("2018-01-01T00", "h") + np.arange(8) * 6 * HOUR
    coords = _lat_lon(-88, 88, 22)
    rain = drops(8, len(coords["latitude"][1]), len(coords["longitude"][1]), 2)
    metres = rain * 6 / 1000
    metres[3, 2, 2] = -1e-9
    tp = (("time", "latitude", "longitude"), metres, {"units": "m", "long_name": "Total precipitation"})
    data = xr.Dataset({"total_precipitation_6hr": tp}, {**coords, "time": _hours_since(1959, times)})
    _zarr2(folder / "era5.zarr", data)
    rain[3, 2, 2] = 0
    return Imitation(rain[1:], "2018-01-01T06", ["era5.zarr"])


def cds_new(folder: Path) -> Imitation:
    """New files of the Climate Data Store: valid_time, and expver as text along it."""
    coords = _lat_lon(40, 54, 2) | {
        "longitude": ("longitude", np.arange(2.0, 22, 2), {"units": "degrees_east"})
    }
    rain = drops(12, 8, 10, 3)
    for number, frames in enumerate((slice(0, 6), slice(6, 12))):
        seconds = 1577836800 + np.arange(12)[frames] * 3600
        units = {
            "units": "seconds since 1970-01-01",
            "calendar": "proleptic_gregorian",
            "standard_name": "time",
        }
        tp = rain[frames] / 1000
        variables = {
            "tp": (("valid_time", "latitude", "longitude"), tp, {"units": "m", "GRIB_stepType": "accum"}),
            "expver": ("valid_time", np.full(6, "0001", object)),
            "number": ((), np.int64(0)),
        }
        data = xr.Dataset(variables, {**coords, "valid_time": ("valid_time", seconds, units)})
        data.to_netcdf(folder / f"tp_{number}.nc", encoding={"tp": {"_FillValue": np.nan}})
    return Imitation(rain, "2020-01-01T00", ["tp_0.nc", "tp_1.nc"])


def cds_old(folder: Path) -> Imitation:
    """Old files: hours since 1900 as int32, and a dim expver of which one entry is valid."""
    coords = _lat_lon(40, 54, 2) | {
        "longitude": ("longitude", np.arange(2.0, 22, 2), {"units": "degrees_east"})
    }
    rain = drops(12, 8, 10, 4)
    both = np.full((12, 2, 8, 10), np.nan, np.float32)
    both[:7, 0], both[7:, 1] = rain[:7] / 1000, rain[7:] / 1000
    times = np.datetime64("2020-01-01", "h") + np.arange(12) * HOUR
    hours = ((times - np.datetime64("1900-01-01", "h")) / HOUR).astype(np.int32)
    units = {"units": "hours since 1900-01-01 00:00:00.0", "calendar": "gregorian", "long_name": "time"}
    tp = (
        ("time", "expver", "latitude", "longitude"),
        both,
        {"units": "m", "long_name": "Total precipitation"},
    )
    data = xr.Dataset(
        {"tp": tp}, {**coords, "time": ("time", hours, units), "expver": np.array([1, 5], np.int32)}
    )
    data.to_netcdf(folder / "old.nc")
    return Imitation(rain, "2020-01-01T00", ["old.nc"])


def era5_land(folder: Path) -> Imitation:
    """ERA5-Land: sums since 00 UTC, of which the value at 00 UTC is that of the day before."""
    coords = _lat_lon(40, 54, 2) | {
        "longitude": ("longitude", np.arange(2.0, 22, 2), {"units": "degrees_east"})
    }
    rain = drops(48, 8, 10, 5)
    total = rain.reshape(2, 24, 8, 10).cumsum(1).reshape(48, 8, 10) / 1000
    seconds = 1577836800 + np.arange(1, 49) * 3600
    units = {"units": "seconds since 1970-01-01", "calendar": "proleptic_gregorian"}
    tp = (("valid_time", "latitude", "longitude"), total, {"units": "m", "GRIB_stepType": "accum"})
    xr.Dataset({"tp": tp}, {**coords, "valid_time": ("valid_time", seconds, units)}).to_netcdf(
        folder / "land.nc"
    )
    return Imitation(rain, "2020-01-01T01", ["land.nc"])


def imerg(folder: Path) -> Imitation:
    """IMERG V07: group Grid, (time, lon, lat), south first, fill -9999.9."""
    rain = drops(4, 10, 12, 6)
    rain[0, 3, 4] = np.nan
    names = []
    for k in range(4):
        names.append(f"3B-HHR.MS.MRG.3IMERG.20200101-S{k // 2:02d}{k % 2 * 30:02d}00-E000000.0000.V07B.HDF5")
        with netCDF4.Dataset(folder / names[-1], "w") as file:
            grid = file.createGroup("Grid")
            for name, size in (("time", 1), ("lon", 12), ("lat", 10), ("nv", 2)):
                grid.createDimension(name, size)
            time = grid.createVariable("time", "i4", ("time",))
            time.setncatts(
                {
                    "units": "seconds since 1970-01-01 00:00:00 UTC",
                    "calendar": "julian",
                    "bounds": "time_bnds",
                }
            )
            time[:] = 1577836800 + 1800 * k
            bounds = grid.createVariable("time_bnds", "i4", ("time", "nv"))
            bounds[:] = [[1577836800 + 1800 * k, 1577836800 + 1800 * (k + 1)]]
            lon = grid.createVariable("lon", "f4", ("lon",))
            lon.units, lon[:] = "degrees_east", np.arange(12) * 0.1 - 97.95
            lat = grid.createVariable("lat", "f4", ("lat",))
            lat.units, lat[:] = "degrees_north", np.arange(10) * 0.1 + 25.05
            field_ = grid.createVariable("precipitation", "f4", ("time", "lon", "lat"), fill_value=-9999.9)
            field_.units = "mm/hr"
            field_[:] = np.where(np.isnan(rain[k]), -9999.9, rain[k])[::-1].T[None]
    return Imitation(rain, "2020-01-01T00", names)


def cmorph(folder: Path) -> Imitation:
    """CMORPH: an hour a file, south first, 0 to 360 E, the time at the start of the hour."""
    rain = drops(3, 8, 16, 7)
    for k in range(3):
        target = folder / f"2017/01/01/CMORPH_V1.0_ADJ_0.25deg-HLY_20170101{k:02d}.nc"
        target.parent.mkdir(parents=True, exist_ok=True)
        seconds = ("time", np.array([1483228800 + 3600 * k]), {"units": "seconds since 1970-01-01"})
        lat = ("lat", np.arange(8) * 15.0 - 52.5, {"units": "degrees_north"})
        lon = ("lon", np.arange(16) * 22.5 + 0.125, {"units": "degrees_east"})
        attrs = {"units": "mm/hr", "long_name": "NOAA Climate Data Record of CPC Morphing Technique (CMORPH)"}
        data = xr.Dataset(
            {"cmorph": (("time", "lat", "lon"), rain[k : k + 1, ::-1], attrs)},
            {"time": seconds, "lat": lat, "lon": lon},
        )
        data.to_netcdf(target, encoding={"cmorph": {"_FillValue": -999.0}})
    return Imitation(rain, "2017-01-01T00", times=("2017-01-01T00:00", "2017-01-01T02:00"))


def conus404(folder: Path) -> Imitation:
    """CONUS404: amounts of an hour in mm on a projected grid, with surfaces of latitude and longitude."""
    rain = drops(6, 12, 16, 8)
    times = np.datetime64("2018-06-30T22", "h") + np.arange(6) * HOUR
    lat, lon = np.meshgrid(np.linspace(35, 40, 12), np.linspace(-100, -92, 16), indexing="ij")
    hours = (times - np.datetime64("1979-10-01", "h")) / HOUR
    data = xr.Dataset(
        {
            "PREC_ACC_NC": (
                ("time", "y", "x"),
                rain[:, ::-1],
                {"units": "mm", "long_name": "Accumulated grid scale precipitation"},
            ),
            "lat": (("y", "x"), lat, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": (("y", "x"), lon, {"units": "degrees_east", "standard_name": "longitude"}),
            "T2": (("time", "y", "x"), rain, {"units": "K"}),
        },
        {
            "time": ("time", hours.astype(np.int64), {"units": "hours since 1979-10-01"}),
            "y": ("y", np.arange(12) * 4000.0, {"units": "m", "standard_name": "projection_y_coordinate"}),
            "x": ("x", np.arange(16) * 4000.0, {"units": "m", "standard_name": "projection_x_coordinate"}),
        },
    )
    _zarr2(folder / "conus404_hourly.zarr", data)
    return Imitation(rain[2:], "2018-07-01T00", ["conus404_hourly.zarr"])


def cordex(folder: Path) -> Imitation:
    """CORDEX: pr on a rotated grid, 360_day calendar, noon stamps with bounds, fill 1e20."""
    rain = drops(10, 8, 12, 9)
    rain[2, 1, 1] = np.nan
    lat, lon = np.meshgrid(np.linspace(45, 52, 8), np.linspace(5, 16, 12), indexing="ij")
    days = np.arange(10) + 0.5
    data = xr.Dataset(
        {
            "pr": (
                ("time", "rlat", "rlon"),
                rain[:, ::-1] / 3600,
                {
                    "units": "kg m-2 s-1",
                    "standard_name": "precipitation_flux",
                    "cell_methods": "time: mean",
                    "grid_mapping": "rotated_pole",
                    "coordinates": "lat lon",
                },
            ),
            "time_bnds": (("time", "bnds"), np.stack([days - 0.5, days + 0.5], 1)),
            "rotated_pole": (
                (),
                np.int32(0),
                {
                    "grid_mapping_name": "rotated_latitude_longitude",
                    "grid_north_pole_latitude": 39.25,
                    "grid_north_pole_longitude": -162.0,
                },
            ),
            "lat": (("rlat", "rlon"), lat, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": (("rlat", "rlon"), lon, {"units": "degrees_east", "standard_name": "longitude"}),
        },
        {
            "time": (
                "time",
                days,
                {"units": "days since 2001-02-21", "calendar": "360_day", "bounds": "time_bnds"},
            ),
            "rlat": (
                "rlat",
                np.arange(8) * 0.11,
                {"units": "degrees", "standard_name": "grid_latitude", "axis": "Y"},
            ),
            "rlon": (
                "rlon",
                np.arange(12) * 0.11,
                {"units": "degrees", "standard_name": "grid_longitude", "axis": "X"},
            ),
        },
    )
    data.to_netcdf(folder / "pr.nc", encoding={"pr": {"_FillValue": 1e20}})
    return Imitation(rain, "2001-02-21T12", ["pr.nc"])


def cmip6(folder: Path) -> Imitation:
    """CMIP6 of Pangeo: daily pr, south first, proleptic calendar, bounds."""
    rain = drops(8, 8, 16, 10)
    days = np.arange(8) + 365 * 130 + 31.5
    data = xr.Dataset(
        {
            "pr": (
                ("time", "lat", "lon"),
                rain[:, ::-1] / 3600,
                {"units": "kg m-2 s-1", "standard_name": "precipitation_flux", "cell_methods": "time: mean"},
            ),
            "time_bnds": (("time", "bnds"), np.stack([days - 0.5, days + 0.5], 1)),
        },
        {
            "time": (
                "time",
                days,
                {"units": "days since 1850-1-1", "calendar": "proleptic_gregorian", "bounds": "time_bnds"},
            ),
            "lat": ("lat", np.arange(8) * 20.0 - 70, {"units": "degrees_north", "standard_name": "latitude"}),
            "lon": ("lon", np.arange(16) * 22.5, {"units": "degrees_east", "standard_name": "longitude"}),
        },
    )
    _zarr2(folder / "v20190710", data)
    return Imitation(rain[-8:], "1980-01-01T12", ["v20190710"])


def haduk(folder: Path) -> Imitation:
    """HadUK-Grid: mm a day from 09 to 09 UTC, a month a file, south first, 112 x 82 cells, NaN over sea."""
    rain = drops(4, 112, 82, 11)
    rain[:, :, 70:] = np.nan
    for month, frames in ((1, slice(0, 2)), (2, slice(2, 4))):
        last = "31" if month == 1 else "28"
        days = np.arange(2) + (
            np.datetime64(f"2010-{month:02d}-01T09", "h") - np.datetime64("1800-01-01", "h")
        ) / (24 * HOUR)
        data = xr.Dataset(
            {
                "rainfall": (
                    ("time", "projection_y_coordinate", "projection_x_coordinate"),
                    rain[frames, ::-1] * 24,
                    {
                        "units": "mm",
                        "standard_name": "lwe_thickness_of_precipitation_amount",
                        "cell_methods": "time: sum",
                        "grid_mapping": "transverse_mercator",
                    },
                ),
                "time_bnds": (("time", "bnds"), np.stack([days, days + 1], 1) * 24),
                "transverse_mercator": ((), np.int32(0), {"grid_mapping_name": "transverse_mercator"}),
            },
            {
                "time": (
                    "time",
                    days * 24 + 12,
                    {
                        "units": "hours since 1800-01-01 00:00:00",
                        "calendar": "standard",
                        "bounds": "time_bnds",
                        "axis": "T",
                    },
                ),
                "projection_y_coordinate": (
                    "projection_y_coordinate",
                    np.arange(112) * 12000.0 - 94000,
                    {"units": "m", "standard_name": "projection_y_coordinate", "axis": "Y"},
                ),
                "projection_x_coordinate": (
                    "projection_x_coordinate",
                    np.arange(82) * 12000.0 - 210000,
                    {"units": "m", "standard_name": "projection_x_coordinate", "axis": "X"},
                ),
            },
        )
        name = f"rainfall_hadukgrid_uk_12km_day_2010{month:02d}01-2010{month:02d}{last}.nc"
        data.to_netcdf(folder / name, encoding={"rainfall": {"_FillValue": 1e20}})
    return Imitation(rain[:, 0:104, 9:73], "2010-01-01T21", times=("2010-01-01T00:00", "2010-02-01T00:00"))


def radolan(folder: Path) -> Imitation:
    """RADOLAN RW: a tar of packed binaries, south first, tenths of a millimetre, 0x29C4 missing."""
    tenths = np.round(drops(1, 900, 900, 12)[0] * 10).astype("<u2")
    tenths[:20] = 0x29C4
    names = ["raa01-rw_10000-2106010050-dwd---bin.gz", "raa01-rw_10000-2106010150-dwd---bin.gz"]
    radar_files.radolan(folder / names[0], tenths, "010050", "0621")
    radar_files.radolan(folder / names[1], tenths * (tenths < 0x1000), "010150", "0621")
    with tarfile.open(folder / "RW202106.tar.gz", "w:gz", compresslevel=1) as archive:
        for name in names:
            archive.add(folder / name, name)
    rain = tenths.astype(np.float32)[::-1] / 10
    first = np.where(tenths[::-1] == 0x29C4, np.nan, rain)
    return Imitation(np.stack([first, np.nan_to_num(first)]), "2021-06-01T00:50")


def mrms(folder: Path) -> Imitation:
    """MRMS: GRIB2 in gzip, discipline 209, 0.01 degrees, -3 where there is no coverage."""
    names = [f"20210701/MRMS_MultiSensor_QPE_01H_Pass2_00.00_20210701-{k:02d}0000.grib2.gz" for k in range(2)]
    rain = _mrms(folder, names, 20210701)
    return Imitation(rain, "2021-07-01T00", times=("2021-07-01T00:00", "2021-07-01T01:00"))


def mrms_2016(folder: Path) -> Imitation:
    """The same product of 2016, in folders by day."""
    names = [
        f"2016/09/20/mrms/ncep/GaugeCorr_QPE_01H/GaugeCorr_QPE_01H_00.00_20160920-{k:02d}0000.grib2.gz"
        for k in range(2)
    ]
    rain = _mrms(folder, names, 20160920)
    times = ("2016-09-20T00:00", "2016-09-20T01:00")
    return Imitation(rain, "2016-09-20T00", times=times, recipe={"rows": None, "columns": None})


def _mrms(folder: Path, names: list[str], date: int) -> np.ndarray:
    fine = drops(2, 24, 32, 13)
    fine[:, :, :8] = -3
    fine[1, 20, 20] = 300  # faulty
    for k, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        keys = {
            "discipline": 209, "centre": 161, "parameterCategory": 6, "parameterNumber": 37,
            "dataDate": date, "dataTime": k * 100, "Ni": 32, "Nj": 24,
            "latitudeOfFirstGridPointInDegrees": 54.995, "latitudeOfLastGridPointInDegrees": 54.765,
            "longitudeOfFirstGridPointInDegrees": 230.005, "longitudeOfLastGridPointInDegrees": 230.315,
            "iDirectionIncrementInDegrees": 0.01, "jDirectionIncrementInDegrees": 0.01, "values": fine[k],
        }  # fmt: skip
        radar_files.grib(folder / name, [keys], pack=True)
    fine[(fine < 0) | (fine > 250)] = np.nan
    return np.nanmean(fine.reshape(2, 6, 4, 8, 4), (2, 4))


def opera(folder: Path) -> Imitation:
    """OPERA: ODIM HDF5, RATE, undetected is dry, the last column without coverage."""
    rain = np.round(drops(3, 12, 16, 14) * 64) / 64
    names = []
    for k in range(3):
        end = np.datetime64("2024-11-26T01:00:00") + np.timedelta64(15 * k, "m")
        names.append(f"T_PAAH22_C_EUOC_20241126{str(end)[11:19].replace(':', '')}.hdf")
        radar_files.odim(folder / names[-1], rain[k], end)
    rain[:, :, -1] = np.nan
    return Imitation(rain, "2024-11-26T01:00", names)


def knmi(folder: Path) -> Imitation:
    """KNMI: HDF5 of 5 minutes, hundredths of a millimetre."""
    amounts = np.round(drops(3, 12, 16, 15) * 100) / 100
    for k in range(3):
        begin, end = (f"26-AUG-2010;00:{minute:02d}:00.000" for minute in (5 * k, 5 * k + 5))
        radar_files.knmi(folder / f"RAD_NL25_RAP_5min_2010082600{5 * k + 5:02d}.h5", amounts[k], end, begin)
    rain = amounts * 12
    rain[:, :, -1] = np.nan
    times = ("2010-08-26T00:05", "2010-08-26T00:15")
    return Imitation(rain, "2010-08-26T00:05", times=times, recipe={"rows": None, "columns": None})


def fmi(folder: Path) -> Imitation:
    """FMI: GeoTIFF of reflectivity, half dBZ from -32, 0 no echo, 255 missing, 250 m."""
    import rasterio

    items = {"Gain": "0.500000", "Offset": "-32.000000", "Nodata": "255", "Undetect": "0"}
    raw = np.random.default_rng(16).integers(0, 160, (2, 16, 24)).astype(np.uint8)
    raw[0, :4, :3] = 255
    for k in range(2):
        moment = f"2016092814{45 + 5 * k}"
        said = "".join(f'<Item name="{key}">{value}</Item>' for key, value in items.items())
        said += f'<Item name="Observation time" format="YYYYMMDDhhmm">{moment}</Item>'
        said += '<Item name="Quantity" unit="dBZ">Corrected reflectivity</Item>'
        place = {"crs": "EPSG:3067", "transform": rasterio.transform.from_origin(300000, 7000000, 250, 250)}
        size = {"height": 16, "width": 24, "count": 1, "dtype": "uint8"}
        with rasterio.open(folder / f"{moment}_FINUTM.tif", "w", driver="GTiff", **size, **place) as file:
            file.write(raw[k], 1)
            file.update_tags(GDAL_METADATA=f"<GDALMetadata>{said}</GDALMetadata>")
    rate = (10 ** ((raw * 0.5 - 32) / 10) / 223) ** (1 / 1.53)
    rate[(raw == 0) | (rate < 0.05)] = 0
    rate[raw == 255] = np.nan
    blocks = rate.reshape(2, 4, 4, 6, 4)
    rain = np.where(np.isfinite(blocks).mean((2, 4)) >= 0.5, np.nanmean(blocks, (2, 4)), np.nan)
    times = ("2016-09-28T14:45", "2016-09-28T14:50")
    return Imitation(rain, "2016-09-28T14:45", times=times, recipe={"rows": None, "columns": None})


def cordex_ml(folder: Path) -> Imitation:
    """CORDEX-ML-Bench: the daily target on its own domain, with surfaces of latitude and longitude."""
    rain = drops(6, 16, 16, 17)
    lat, lon = np.meshgrid(np.linspace(45, 38, 16), np.linspace(5, 12, 16), indexing="ij")
    attrs = {"units": "kg m-2 s-1", "standard_name": "precipitation_flux", "cell_methods": "time: mean"}
    variables = {
        "pr": (("time", "y", "x"), rain / 3600, attrs),
        "lat": (("y", "x"), lat, {"units": "degrees_north", "standard_name": "latitude"}),
        "lon": (("y", "x"), lon, {"units": "degrees_east", "standard_name": "longitude"}),
    }
    time = ("time", np.arange(6) + 0.5, {"units": "days since 1961-01-01", "calendar": "noleap"})
    xr.Dataset(variables, {"time": time}).to_netcdf(folder / "pr_tasmax.nc")
    return Imitation(rain, "1961-01-01T12", ["pr_tasmax.nc"])


IMITATIONS: dict[str, tuple[str, Callable[[Path], Imitation]]] = {
    "era5-arco": ("era5-arco", arco),
    "era5-weatherbench2": ("era5-weatherbench2", weatherbench2),
    "era5-cds, new files": ("era5-cds", cds_new),
    "era5-cds, old files": ("era5-cds", cds_old),
    "era5-land": ("era5-land", era5_land),
    "imerg-v07": ("imerg-v07", imerg),
    "cmorph": ("cmorph", cmorph),
    "conus404": ("conus404", conus404),
    "cordex-pr": ("cordex-pr", cordex),
    "cmip6-pr": ("cmip6-pr", cmip6),
    "haduk-12km": ("haduk-12km", haduk),
    "radolan-rw": ("radolan-rw", radolan),
    "mrms-archive": ("mrms-archive", mrms),
    "mrms-2016-east": ("mrms-2016-east", mrms_2016),
    "opera-rate": ("opera-rate", opera),
    "knmi-2010": ("knmi-2010", knmi),
    "fmi-2016": ("fmi-2016", fmi),
    "cordex-ml-bench": ("cordex-ml-bench", cordex_ml),
}
