"""Small radar and forecast files in the binary forms of their makers, all holding the same rain."""

from __future__ import annotations

import gzip
from pathlib import Path

import conventions as c
import netCDF4
import numpy as np


def odim(path: Path, values: np.ndarray, end: np.datetime64, inner: bool = True, **what: object) -> Path:
    """A composite in ODIM's HDF5: the last column is not covered, dry cells are undetected.

    Args:
        values: in the quantity's units, (y, x).
        end: of the quarter of an hour.
        inner: whether the quantity stands in ``data1/what``, as since 2024-07, or in ``dataset1/what``.
        what: further attributes of the data.
    """
    begin = end - np.timedelta64(900, "s")
    said = {"quantity": "RATE", "gain": 1 / 64, "offset": 0.0, "nodata": 65535.0, "undetect": 0.0} | what
    raw = np.round((values - said["offset"]) / said["gain"])
    raw[values <= 0] = said["undetect"]
    raw[:, -1] = said["nodata"]
    with netCDF4.Dataset(path, "w") as file:
        file.Conventions = "ODIM_H5/V2_4"
        file.createGroup("what").setncatts({"object": "COMP", "date": _date(end), "time": _clock(end)})
        file.createGroup("where").setncatts(
            {
                "projdef": "+proj=laea +lat_0=55 +lon_0=10 +x_0=1950000 +y_0=-2100000 +units=m +ellps=WGS84",
                "xscale": 2000.0,
                "yscale": 2000.0,
                "UL_lon": -39.5358,
                "UL_lat": 67.0228,
            }
        )
        dataset = file.createGroup("dataset1")
        outer = {"startdate": _date(begin), "starttime": _clock(begin)} | {
            "enddate": _date(end),
            "endtime": _clock(end),
        }
        data = dataset.createGroup("data1")
        dataset.createGroup("what").setncatts(outer if inner else outer | said)
        if inner:
            data.createGroup("what").setncatts(said)
        for name, size in zip(("y", "x"), values.shape, strict=True):
            data.createDimension(name, size)
        data.createVariable("data", "u2", ("y", "x"))[...] = raw.astype("u2")
    return path


def _date(moment: np.datetime64) -> str:
    return str(moment)[:10].replace("-", "")


def _clock(moment: np.datetime64) -> str:
    return str(moment)[11:19].replace(":", "")


def knmi(path: Path, amounts: np.ndarray, end: str, begin: str) -> Path:
    """A composite in KNMI's HDF5: hundredths of a millimetre, the last column missing."""
    raw = np.round(amounts * 100)
    raw[:, -1] = 65535
    with netCDF4.Dataset(path, "w") as file:
        overview = file.createGroup("overview")
        overview.setncatts({"product_datetime_start": begin, "product_datetime_end": end})
        geo = file.createGroup("geographic")
        geo.setncatts(
            {"geo_dim_pixel": "KM,KM", "geo_pixel_size_x": np.float32(1), "geo_pixel_size_y": np.float32(-1),
             "geo_column_offset": np.float32(0), "geo_row_offset": np.float32(3650)}
        )  # fmt: skip
        proj = "+proj=stere +lat_0=90 +lon_0=0.0 +lat_ts=60.0 +a=6378.137 +b=6356.752 "
        geo.createGroup("map_projection").projection_proj4_params = proj
        image = file.createGroup("image1")
        image.image_geo_parameter = "ACCUMULATED_PRECIPITATION_[MM]"
        image.createGroup("calibration").setncatts(
            {"calibration_formulas": "GEO=0.01*PV+0.0", "calibration_missing_data": np.int32(65535)}
        )
        for name, size in zip(("y", "x"), amounts.shape, strict=True):
            image.createDimension(name, size)
        image.createVariable("image_data", "u2", ("y", "x"))[...] = raw.astype("u2")
    return path


def radolan(
    path: Path, tenths: np.ndarray, moment: str = "030950", date: str = "0814", pack: bool = True
) -> Path:
    """A composite RW of DWD: tenths of a millimetre in the hour, rows from the south as they are stored."""
    rows, columns = tenths.shape
    text = (
        f"RW{moment}10000{date}BY{{size:7d}}VS 3SW   2.13.1PR E-01INT  60GP {rows:4d}x{columns:4d}"
        "MS 68<boo,ros,emd,hnr,pro,ess,fld,drs,neu,nhb,oft,eis,tur,isn,fbg,mem>"
    )
    words = tenths.astype("<u2").tobytes()
    header = text.format(size=0)
    content = text.format(size=len(header) + 1 + len(words)).encode() + b"\x03" + words
    path.write_bytes(gzip.compress(content, 1) if pack else content)
    return path


def grib(path: Path, fields: list[dict], edition: int = 2, pack: bool = False) -> Path:
    """Messages of GRIB: each a dict of keys of ecCodes, with ``values`` (y, x); latitude falls."""
    import eccodes

    content = b""
    for keys in fields:
        keys = dict(keys)
        values = keys.pop("values")
        handle = eccodes.codes_grib_new_from_samples(f"regular_ll_sfc_grib{edition}")
        place = {
            "Ni": c.SIDE, "Nj": c.SIDE, "latitudeOfFirstGridPointInDegrees": c.LAT[0],
            "latitudeOfLastGridPointInDegrees": c.LAT[-1], "longitudeOfFirstGridPointInDegrees": c.LON[0],
            "longitudeOfLastGridPointInDegrees": c.LON[-1], "iDirectionIncrementInDegrees": 0.25,
            "jDirectionIncrementInDegrees": 0.25, "bitsPerValue": 24,
        }  # fmt: skip
        for key, value in (place | keys).items():
            eccodes.codes_set(handle, key, value)
        if np.isnan(values).any():
            eccodes.codes_set(handle, "bitmapPresent", 1)
        eccodes.codes_set(handle, "missingValue", 9999)
        eccodes.codes_set_values(handle, np.nan_to_num(values, nan=9999).astype(float).ravel())
        content += eccodes.codes_get_message(handle)
        eccodes.codes_release(handle)
    path.write_bytes(gzip.compress(content) if pack else content)
    return path
