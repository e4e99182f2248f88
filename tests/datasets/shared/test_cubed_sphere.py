"""The cubed sphere against the published grid and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench import block_mean
from downbench_datasets.shared.cubed_sphere import EARTH_RADIUS, cubed_sphere


def vectors(lat, lon):
    lat, lon = np.deg2rad(lat), np.deg2rad(lon)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], -1)


@pytest.mark.parametrize(("cells", "suffix"), [(384, ""), (48, "_coarse")])
def test_matches_the_published_grid(shared_data, cells, suffix):
    reference = xr.open_dataset(shared_data / "static_c384_c48_etopo5.nc")
    lat, lon, area = (reference[name + suffix].to_numpy().astype(float) for name in ("lat", "lon", "area"))
    grid = cubed_sphere(cells)
    # The file keeps about 15 significant bits of its angles: 2^-7 degrees of longitude at 256 to 512.
    rounding = np.deg2rad(2.0**-7) * 1.01
    assert np.abs(vectors(lat, lon) - vectors(grid["lat"].values, grid["lon"].values)).max() < rounding
    np.testing.assert_allclose(grid["area"], area, rtol=1e-6)


def test_tiles_cover_the_sphere():
    total = cubed_sphere(48)["area"].sum().item()
    assert total == pytest.approx(4 * np.pi * EARTH_RADIUS**2, rel=1e-12)


def test_coarse_cells_are_made_of_fine_ones():
    fine, coarse = cubed_sphere(96)["area"].values, cubed_sphere(12)["area"].values
    np.testing.assert_allclose(block_mean(fine, 8) * 64, coarse, rtol=1e-9)


def test_window_is_the_middle_of_the_tile():
    whole = cubed_sphere(96).isel(y=slice(32, 64), x=slice(32, 64))
    xr.testing.assert_allclose(cubed_sphere(96, 32), whole)


def test_east_points_to_growing_longitude():
    grid = cubed_sphere(48)
    lat, lon = grid["lat"].values, grid["lon"].values
    along_x = np.gradient(vectors(lat, lon), axis=2)
    along_y = np.gradient(vectors(lat, lon), axis=1)
    east = np.stack([-np.sin(np.deg2rad(lon)), np.cos(np.deg2rad(lon)), 0 * lon], -1)
    for name, along in (("east_x", along_x), ("east_y", along_y)):
        projected = (east * along).sum(-1)
        inner = (slice(None), slice(20, 28), slice(20, 28))  # where the grid's lines meet at right angles
        expected = projected / np.linalg.norm(along, axis=-1)
        np.testing.assert_allclose(grid[name].values[inner], expected[inner], atol=0.03)
