"""GeoTIFF series: time by tag or name, packing, place."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest

from downbench import UserError
from downbench_datasets.reading.formats.geotiff import open_geotiff
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig

rasterio = pytest.importorskip("rasterio")
RAIN = c.rain(5)


def write(path, values, crs="EPSG:4326", **more):
    from rasterio.transform import from_origin

    west, north, cell = (c.LON[0] - 0.125, c.LAT[0] + 0.125, 0.25) if crs == "EPSG:4326" else (3e5, 7e6, 1000)
    shape = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": values.dtype}
    with rasterio.open(
        path, "w", driver="GTiff", crs=crs, transform=from_origin(west, north, cell, cell), **shape, **more
    ) as file:
        file.write(values, 1)
    return path


def test_a_series_in_degrees(tmp_path):
    for k in range(5):
        values = RAIN[k].copy()
        values[0, 0] = -9999
        write(tmp_path / f"rain_2020030{k + 1}.tif", values, nodata=-9999)
    with pytest.raises(UserError, match="the units are not said"):
        open_record(tmp_path)
    record = open_record(tmp_path, ReadingConfig(units="mm/day"))
    got = record.rain[:, 0].to_numpy() * 24
    assert np.isnan(got[:, 0, 0]).all()
    np.testing.assert_allclose(got[:, 1:], RAIN[:, 1:], rtol=1e-5)
    np.testing.assert_allclose(record.static["lat"][0, :, 0], c.LAT)
    assert str(record.rain["time"].to_numpy()[4]) == "2020-03-05T00:00:00"


def test_reflectivity_with_tags_as_of_fmi(tmp_path):
    """dBZ = 0.5 x - 32, 255 missing, 0 no echo; metadata in GDAL's own form."""
    raw = np.full((8, 8), 96, np.uint8)  # 16 dBZ
    raw[0, 0], raw[1, 1] = 255, 0
    path = write(tmp_path / "201609281445_FINUTM.tif", raw, "EPSG:3067")
    with rasterio.open(path, "r+") as file:
        items = "".join(
            f'<Item name="{name}"{extra}>{value}</Item>'
            for name, extra, value in [
                ("Observation time", "", "201609281445"), ("Quantity", ' unit="dBZ"', "reflectivity"),
                ("Gain", "", "0.5"), ("Offset", "", "-32"), ("Nodata", "", "255"), ("Undetect", "", "0"),
            ]
        )  # fmt: skip
        file.update_tags(GDAL_METADATA=f"<GDALMetadata>{items}</GDALMetadata>")
    record = open_record(path, ReadingConfig(zr=(223, 1.53)))
    rain = record.rain[0, 0].to_numpy()
    assert np.isnan(rain[0, 0])
    assert rain[1, 1] == 0
    assert rain[3, 3] == pytest.approx((10**1.6 / 223) ** (1 / 1.53), rel=1e-5)
    assert record.stamp == "instant"
    assert record.static["lat"][0, 0, 0] == pytest.approx(63.1, abs=0.1)


def test_a_name_without_a_date(tmp_path):
    with pytest.raises(UserError, match="neither a tag nor its name says its time"):
        open_geotiff(write(tmp_path / "rain.tif", RAIN[0]))


def test_a_file_that_is_cut_off(tmp_path):
    path = write(tmp_path / "20200301.tif", np.tile(RAIN[0], (40, 40)))
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(UserError, match=r"20200301.tif.* cannot be (read|opened): "):
        open_record(path, ReadingConfig(units="mm/h")).rain.to_numpy()


def test_real_radar(shared_data):
    """FMI's own packing, worked out here from the raw bytes."""
    path = shared_data / "raw" / "fmi" / "201609281450_FINUTM.tif"
    values = open_geotiff(path)["precipitation"]
    assert values.shape == (1, 7316, 4963)
    assert values.attrs["units"] == "dBZ"
    with rasterio.open(path) as file:
        raw = file.read(1, window=((3000, 3400), (2000, 2400)))
    want = np.where(raw == 255, np.nan, np.where(raw == 0, -np.inf, 0.5 * raw.astype(float) - 32))
    np.testing.assert_array_equal(values[0, 3000:3400, 2000:2400], want)
