"""Latitude and longitude by the grid mapping, against closed forms and against files that state both."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from folders import SHARED_DATA

from downbench_datasets.reading.grid_mapping import projection_of, turned_back, with_surfaces
from downbench_datasets.reading.open_record import open_record

RADIUS = 6371000.0
ROTATED = {"grid_mapping_name": "rotated_latitude_longitude"}


def gridded(y, x, units, mapping, names=("y", "x"), kind="projection_{}_coordinate"):
    """Rain of six hours on lines y and x, with a grid mapping and without latitude and longitude."""
    shape = (6, len(y), len(x))
    rain = np.random.default_rng(0).gamma(0.3, 2.0, shape).astype(np.float32)
    said = [kind.format(axis) for axis in "yx"]
    lines = {
        name: (name, values, {"units": units, "standard_name": standard_name})
        for name, values, standard_name in zip(names, (y, x), said, strict=True)
    }
    times = np.datetime64("2020-01-01", "ns") + np.arange(6) * np.timedelta64(1, "h")
    attrs = {"units": "mm h-1", "standard_name": "rainfall_rate", "grid_mapping": "crs"}
    return xr.Dataset(
        {"rain": (("time", *names), rain, attrs), "crs": ((), 0, mapping)}, {"time": times, **lines}
    )


def test_a_rotated_grid_is_where_cordex_says_it_is():
    # NAM-22 of CRCM5 (Ouranos): rlat, rlon, and the lat and lon of the same file
    pole = {"grid_north_pole_latitude": 42.5, "grid_north_pole_longitude": 83.0}
    lat, lon = turned_back(np.array([-30.71000099]), np.array([-33.99, -11.99]), pole)
    np.testing.assert_allclose(lat[0], [10.40215778, 15.96414661], atol=2e-3)
    # EUR-11: the origin of its grid is at 50.75 N, 18 E, and east of it is east
    lat, lon = turned_back(
        np.array([0.0]),
        np.array([0.0, 1.0]),
        {"grid_north_pole_latitude": 39.25, "grid_north_pole_longitude": -162.0},
    )
    assert (lat[0, 0], lon[0, 0]) == pytest.approx((50.75, 18.0))
    assert lon[0, 1] > 19


def test_a_pole_that_is_not_rotated_changes_nothing():
    y, x = np.array([-40.0, 10.0, 80.0]), np.array([-170.0, 0.0, 100.0])
    own = {"grid_north_pole_latitude": 90.0, "grid_north_pole_longitude": 180.0}
    lat, lon = turned_back(y, x, own)
    np.testing.assert_allclose(lat, np.broadcast_to(y[:, None], (3, 3)), atol=1e-9)
    np.testing.assert_allclose(lon, np.broadcast_to(x, (3, 3)), atol=1e-9)


@pytest.mark.parametrize("names", [("rlat", "rlon"), ("lat", "lon"), ("y", "x")])
def test_cells_of_a_rotated_grid_weigh_by_their_rotated_latitude(tmp_path, names):
    y, x = np.arange(-24.0, 24.5, 2.0), np.arange(-20.0, 20.5, 2.0)
    mapping = ROTATED | {"grid_north_pole_latitude": 39.25, "grid_north_pole_longitude": -162.0}
    kind = {"y": "grid_latitude", "x": "grid_longitude"}
    source = gridded(y, x, "degrees", mapping, names)
    for axis, name in zip("yx", names, strict=True):
        source[name].attrs["standard_name"] = kind[axis]
    source.to_netcdf(tmp_path / "rotated.nc")
    static = open_record(tmp_path / "rotated.nc").static
    area = static["area"].to_numpy()[0].astype(float)
    expected = np.broadcast_to(np.cos(np.deg2rad(y))[:, None], area.shape)
    np.testing.assert_allclose(area / area.mean(), expected / expected.mean(), rtol=2e-3)
    assert float(static["lat"].max()) > 70  # and not 24


def test_cells_of_a_mercator_grid_shrink_towards_the_pole(tmp_path):
    pytest.importorskip("rasterio")
    mapping = {"grid_mapping_name": "mercator", "earth_radius": RADIUS, "standard_parallel": 0.0}
    mapping["longitude_of_projection_origin"] = 10.0
    y, x = np.arange(40) * 1e5 + 4e6, np.arange(20) * 1e5
    gridded(y, x, "m", mapping).to_netcdf(tmp_path / "mercator.nc")
    gridded(y / 1e3, x / 1e3, "km", mapping).to_netcdf(tmp_path / "in_km.nc")
    lat = np.arctan(np.sinh(y / RADIUS))  # Snyder, Map projections, equation 7-4a
    for name in ("mercator.nc", "in_km.nc"):
        static = open_record(tmp_path / name).static
        np.testing.assert_allclose(static["lat"][0, :, 3], np.rad2deg(lat), atol=1e-3)
        np.testing.assert_allclose(static["lon"][0, 5], 10 + np.rad2deg(x / RADIUS), atol=1e-3)
        area = static["area"].to_numpy()[0, :, 3]
        np.testing.assert_allclose(area[1:-1], (1e5 * np.cos(lat[1:-1])) ** 2, rtol=5e-3)


@pytest.mark.parametrize("name", ["knmi_20100826_1km_5min.nc", "fmi_20160928_1km_5min.nc"])
@pytest.mark.parametrize("texts", [True, False])
def test_real_radar_grids_are_where_their_files_say(name, texts):
    pytest.importorskip("rasterio")
    if not (SHARED_DATA / name).exists():
        pytest.skip(f"{name} is not here")
    with xr.open_dataset(SHARED_DATA / name, decode_coords=False) as source:
        stated = source[["lat", "lon"]].load()
        bare = source.drop_vars(["lat", "lon"]).isel(time=slice(0, 2)).load()
    if not texts:  # by CF's parameters alone
        for key in ("crs_wkt", "spatial_ref", "proj4"):
            bare["crs"].attrs.pop(key, None)
    made = with_surfaces(bare, name)
    for key in ("lat", "lon"):
        np.testing.assert_allclose(made[f"{key}_of_cells"], stated[key], atol=2e-3)


@pytest.mark.parametrize(
    "change",
    [
        {"grid_mapping_name": "geostationary"},
        {"grid_mapping_name": "lambert_conformal_conic", "crs_wkt": "no projection at all"},
        {},
    ],
)
def test_what_cannot_be_understood_is_read_without(change):
    source = gridded(np.arange(5) * 1e3, np.arange(5) * 1e3, "m", change)
    assert with_surfaces(source, "rain.nc").identical(source)


def test_lines_without_metres_or_even_steps_are_left_alone():
    mapping = {"grid_mapping_name": "mercator"}
    uneven = np.array([0.0, 1.0, 2.0, 4.0, 9.0]) * 1e4
    for y, units in ((np.arange(5.0), "1"), (uneven, "m")):
        source = gridded(y, np.arange(5.0) * 1e4, units, mapping)
        assert with_surfaces(source, "rain.nc").identical(source)


def test_parameters_of_cf_become_those_of_proj():
    text = projection_of(
        {
            "grid_mapping_name": "lambert_conformal_conic",
            "standard_parallel": [30.0, 60.0],
            "latitude_of_projection_origin": 38.5,
            "longitude_of_central_meridian": np.float32(-97.5),
            "earth_radius": 6370000.0,
        }
    )
    assert text == "+proj=lcc +lat_0=38.5 +lon_0=-97.5 +R=6370000 +lat_1=30 +lat_2=60 +units=m +no_defs"
