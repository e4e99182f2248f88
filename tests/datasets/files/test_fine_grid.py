"""Coordinates of the fine grid, by hand and against the formula of the cubed sphere."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench_datasets.files.coarse_file import open_coarse_file
from downbench_datasets.files.fine_grid import (
    cell_bounds,
    refine_geotransform,
    refine_line,
    refine_sphere,
    unwrap,
    wrap,
)
from downbench_datasets.reading.settings import ReadingConfig
from downbench_datasets.shared.cubed_sphere import cubed_sphere


def test_a_falling_line_by_hand():
    bounds = cell_bounds(np.array([50.0, 46.0]), "lat", latitude=True)
    np.testing.assert_allclose(bounds, [[52, 48], [48, 44]])
    centres, parts = refine_line(bounds, 4)
    np.testing.assert_allclose(centres, [51.5, 50.5, 49.5, 48.5, 47.5, 46.5, 45.5, 44.5])
    np.testing.assert_allclose(parts[[0, -1]], [[52, 51], [45, 44]])


def test_cells_end_at_the_poles():
    bounds = cell_bounds(np.array([-90.0, 0.0, 90.0]), "lat", latitude=True)
    np.testing.assert_allclose(bounds, [[-90, -45], [-45, 45], [45, 90]])
    centres, _ = refine_line(bounds, 2)
    np.testing.assert_allclose(centres, [-78.75, -56.25, -22.5, 22.5, 56.25, 78.75])


def test_an_uneven_line_is_cut_half_way():
    bounds = cell_bounds(np.array([0.0, 1.0, 3.0]), "x")
    np.testing.assert_allclose(bounds, [[-0.5, 0.5], [0.5, 2.0], [2.0, 4.0]])


def test_longitudes_around_the_globe_and_over_the_date_line():
    globe = np.arange(0.0, 360.0, 90.0)
    centres, _ = refine_line(cell_bounds(unwrap(globe), "lon"), 2)
    np.testing.assert_allclose(centres, np.arange(-22.5, 337.5, 45))
    crossing = np.array([170.0, 178.0, -174.0])
    centres, _ = refine_line(cell_bounds(unwrap(crossing), "lon"), 2)
    np.testing.assert_allclose(wrap(centres, crossing), [168, 172, 176, 180 - 360, -176, -172])


@pytest.mark.parametrize("values", [[3.0], [1.0, 2.0, 2.0], [1.0, 3.0, 2.0]])
def test_what_is_no_line_is_refused(values):
    with pytest.raises(UserError):
        cell_bounds(np.array(values), "y")


def test_cubed_sphere_against_its_formula():
    coarse, fine = cubed_sphere(48), cubed_sphere(384)
    lat, lon = refine_sphere(
        coarse["lat"].to_numpy().astype(float), coarse["lon"].to_numpy().astype(float), 8, "lat"
    )

    def direction(lat, lon):
        a, b = np.deg2rad(lat), np.deg2rad(lon)
        return np.stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)])

    truth = direction(*(fine[name].to_numpy().astype(float) for name in ("lat", "lon")))
    off = np.linalg.norm(direction(lat, lon) - truth, axis=0)
    cell = np.linalg.norm(np.diff(truth, axis=-1), axis=0).min()
    assert off.max() < 0.02 * cell


def test_geotransform():
    assert refine_geotransform("10 0.5 0 60 0 -0.5", 5) == "10.0 0.1 0.0 60.0 0.0 -0.1"


def write(path, y, x, rain=None, **more):
    """A coarse file with these coordinates."""
    times = xr.Variable("time", [0.875, 1.0], {"units": "days since 2001-02-28", "calendar": "noleap"})
    rain = np.full((2, y.size, x.size), 0.001, np.float32) if rain is None else rain
    attrs = {"units": "kg m-2 s-1", "grid_mapping": "crs"}
    data = xr.Dataset(
        {"pr": (("time", *y.dims, *x.dims), rain, attrs), **more}, {"time": times, y.dims[0]: y, x.dims[0]: x}
    )
    data.to_netcdf(path)
    return path


def test_a_projected_file(tmp_path):
    y = xr.Variable("y", [4000.0, 0.0], {"standard_name": "projection_y_coordinate", "units": "m"})
    x = xr.Variable("x", [0.0, 4000.0, 8000.0], {"standard_name": "projection_x_coordinate", "units": "m"})
    crs = xr.Variable((), 7, {"grid_mapping_name": "mercator", "GeoTransform": "-2000 4000 0 6000 0 -4000"})
    height = xr.Variable((), 2.0, {"units": "m"})
    path = write(tmp_path / "a.nc", y, x, crs=crs, height=height)
    with xr.open_dataset(path, decode_times=False) as data:
        data.set_coords(["crs", "height"]).to_zarr(tmp_path / "a.zarr", zarr_format=2)
    found = open_coarse_file(tmp_path / "a.zarr", ReadingConfig(), 2, ["precipitation"], None)
    template = found.template
    assert found.attributes["coordinates"] == "lat_of_cells lon_of_cells height"
    degree = np.deg2rad(6378137.0)  # of longitude along the equator of WGS 84, in m
    columns = np.array([-1000, 1000, 3000, 5000, 7000, 9000]) / degree
    np.testing.assert_allclose(template["lon_of_cells"], np.tile(columns % 360, (4, 1)), atol=1e-6)
    assert (np.diff(template["lat_of_cells"], axis=0) < 0).all()
    assert float(template["height"]) == 2
    np.testing.assert_allclose(template["y"], [5000, 3000, 1000, -1000])
    np.testing.assert_allclose(template["x"], [-1000, 1000, 3000, 5000, 7000, 9000])
    np.testing.assert_allclose(template["y_bnds"][0], [6000, 4000])
    assert template["x"].attrs == dict(x.attrs) | {"bounds": "x_bnds"}
    assert template["crs"].attrs["GeoTransform"] == "-2000.0 2000.0 0.0 6000.0 0.0 -2000.0"
    assert found.attributes["grid_mapping"] == "crs"
    assert found.dims == ("time", "y", "x")
    assert set(found.static.data_vars) == {"area", "lat", "lon"}
    np.testing.assert_allclose(found.static["area"], 2000.0**2, rtol=0.01)  # a sphere, near the equator
    np.testing.assert_allclose(found.fields["precipitation"], 3.6)


def test_bounds_that_are_given_count(tmp_path):
    """Gaussian-like rows with bounds of their own, written from the south whatever the order of the rows."""
    y = xr.Variable("lat", [70.0, 30.0], {"units": "degrees_north", "bounds": "edges"})
    x = xr.Variable("lon", [5.0], {"units": "degrees_east"})
    edges = xr.Variable(("lat", "two"), [[50.0, 90.0], [10.0, 50.0]])
    beside = xr.Variable(("lon", "two"), [[0.0, 10.0]])
    path = write(tmp_path / "a.nc", y, x, edges=edges, lon_bnds=beside)
    found = open_coarse_file(path, ReadingConfig(), 2, ["precipitation"], None).template
    np.testing.assert_allclose(found["lat"], [80, 60, 40, 20])
    np.testing.assert_allclose(found["edges"], [[90, 70], [70, 50], [50, 30], [30, 10]])
    np.testing.assert_allclose(found["lon"], [2.5, 7.5])


def test_times_keep_their_calendar(tmp_path):
    """The day after 28 February 2001 at 21:00 in a calendar without leap days, and in ours."""
    y, x = (xr.Variable(name, [0.0, 1.0, 2.0]) for name in ("y", "x"))
    path = write(tmp_path / "a.nc", y, x)
    found = open_coarse_file(path, ReadingConfig(), 2, ["precipitation"], None)
    decoded = xr.decode_cf(found.template, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True))["time"]
    assert decoded.dt.calendar == "noleap"
    assert [str(time) for time in decoded.to_numpy()] == ["2001-02-28 21:00:00", "2001-03-01 00:00:00"]
    np.testing.assert_array_equal(
        found.fields["time"], np.array(["2001-02-28T21", "2001-03-01T00"], "datetime64[ns]")
    )
