"""Curved coarse grids: polygons on the sphere against lines, and against many points in each block."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench import UserError, block_mean
from downbench_datasets.files.pairs.conservative import line_weights, regrid, regrid_cells, sines
from downbench_datasets.files.pairs.lines import Lines
from downbench_datasets.files.pairs.on_blocks import on_blocks
from downbench_datasets.files.pairs.place import Place
from downbench_datasets.files.pairs.polygons import cell_weights, corners

pytest.importorskip("shapely")

LAT, LON = 50 - (np.arange(16) + 0.5) / 8, 8 + (np.arange(16) + 0.5) / 8
POLE = np.deg2rad(39.25), np.deg2rad(-162.0)  # EURO-CORDEX's rotated pole


def mesh(lat: np.ndarray, lon: np.ndarray) -> Place:
    return Place(None, *(field.astype(float) for field in np.meshgrid(lat, lon, indexing="ij")))


def edges(centres: np.ndarray) -> np.ndarray:
    half = (centres[1] - centres[0]) / 2
    return np.stack([centres - half, centres + half], 1)


def rotated(lat: np.ndarray, lon: np.ndarray, back: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of a rotated grid, or of the globe (COSMO documentation, part I, 3.74 ff.)."""
    pole, turn = POLE
    phi, lam = np.deg2rad(lat), np.deg2rad(lon)
    if back:
        x, y, z = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)
        z, x = np.sin(pole) * z + np.cos(pole) * x, np.sin(pole) * x - np.cos(pole) * z
        return np.rad2deg(np.arcsin(z)), (np.rad2deg(np.arctan2(y, x) + turn) + 180 + 180) % 360 - 180
    lam = lam - turn - np.pi
    x, y, z = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)
    z, x = np.sin(pole) * z - np.cos(pole) * x, np.sin(pole) * x + np.cos(pole) * z
    return np.rad2deg(np.arcsin(z)), np.rad2deg(np.arctan2(y, x))


def field(shape: tuple[int, int]) -> xr.DataArray:
    values = np.random.default_rng(2).gamma(1, 1, (2, 1, *shape)).astype(np.float32)
    return xr.DataArray(values, dims=["time", "tile", "y", "x"])


def test_on_straight_lines_they_are_the_weights_of_lines() -> None:
    lat, lon = 51.13 - 0.7 * np.arange(7), 7.11 + 0.6 * np.arange(8)
    source = field((7, 8))
    weights = cell_weights(mesh(LAT, LON), mesh(lat, lon), (16, 16), 4, "both")
    lines = Lines(edges(LAT), edges(LON), True).nested(4)
    rows, columns = line_weights(sines(lines.y), sines(edges(lat))), line_weights(lines.x, edges(lon), 360.0)
    np.testing.assert_allclose(
        regrid_cells(source, weights, (4, 4)),
        regrid(source, rows, columns),
        rtol=5e-3,  # parallels are no straight lines
    )


def test_a_rotated_pole_against_points_in_each_block() -> None:
    rlat, rlon = np.arange(-4, 4, 0.37), np.arange(-10, 1, 0.41)
    source = field((len(rlat), len(rlon)))
    lat, lon = rotated(*np.meshgrid(rlat, rlon, indexing="ij"), back=True)
    made = regrid_cells(
        source, cell_weights(mesh(LAT, LON), Place(None, lat, lon), (16, 16), 4, "both"), (4, 4)
    )
    many = (np.arange(800) + 0.5) / 800
    points = rotated(*np.meshgrid(50 - 2 * many, 8 + 2 * many, indexing="ij"))
    row, column = np.rint((points[0] - rlat[0]) / 0.37), np.rint((points[1] - rlon[0]) / 0.41)
    values = source.to_numpy()[:, 0, row.astype(int), column.astype(int)]
    cells = np.cos(np.deg2rad(50 - 2 * many))[:, None] * np.ones(800)
    blocks = (values * cells).reshape(2, 4, 200, 4, 200).sum((2, 4)) / cells.reshape(4, 200, 4, 200).sum(
        (1, 3)
    )
    np.testing.assert_allclose(made[:, 0], blocks, rtol=0.02)


def test_shares_add_up_and_missing_cells_do_not_spread() -> None:
    rlat, rlon = np.meshgrid(np.arange(-4, 4, 0.25), np.arange(-10, 1, 0.25), indexing="ij")
    lat, lon = rotated(rlat, rlon, back=True)
    weights = cell_weights(mesh(LAT, LON), Place(None, lat, lon), (16, 16), 8, "both")
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-9)
    source = field(lat.shape)
    far = np.unravel_index(np.hypot(lat - 51, lon - 9).argmax(), lat.shape)
    source[:, :, far[0], far[1]] = np.nan
    assert np.isfinite(regrid_cells(source, weights, (2, 2))).all()
    near = np.unravel_index(np.hypot(lat - 49.5, lon - 8.5).argmin(), lat.shape)
    source[:, :, near[0], near[1]] = np.nan
    assert np.isnan(regrid_cells(source, weights, (2, 2))).sum() == 2


def test_the_date_line_and_the_pole_are_nothing_special() -> None:
    for lat, lon in ((LAT, (LON + 171 + 180) % 360 - 180), (LAT + 39.9, LON)):
        north = np.linspace(lat.max() + 1, lat.min() - 1, 12).clip(-89.9, 89.9)
        west = np.unwrap(lon, period=360)[0] - 1
        weights = cell_weights(mesh(lat, lon), mesh(north, west + np.arange(12) * 0.4), (16, 16), 4, "both")
        np.testing.assert_allclose(weights.sum(1)[4:], 1, rtol=1e-6)


def test_a_grid_round_the_globe_is_refused() -> None:
    globe = mesh(np.linspace(80, -80, 17), np.arange(0, 360, 20.0))
    with pytest.raises(UserError, match="within 75 degrees"):
        cell_weights(globe, mesh(LAT, LON), (16, 18), 2, "both")


def test_two_projections_with_the_same_numbers_go_by_latitude() -> None:
    metres = np.arange(16) * 1000.0
    lines = Lines(edges(metres), edges(metres), False)
    one, other = mesh(LAT, LON), mesh(LAT + 20, LON)
    same = Place(lines, one.lat, one.lon)
    moved, how = on_blocks(field((16, 16)), same, same, field((16, 16)), 4, "both")
    assert moved.shape[-2:] == (4, 4)
    assert "means" in how
    far = Place(lines, other.lat, other.lon)
    elsewhere, how = on_blocks(field((16, 16)), far, same, field((16, 16)), 4, "both")
    assert "curved" in how
    assert np.isnan(elsewhere).all()


def test_corners_lie_between_centres() -> None:
    made = corners(*np.meshgrid([10.0, 12.0], [0.0, 2.0], indexing="ij"))
    assert np.rad2deg(np.arcsin(made[1, 1, 2])) == pytest.approx(11, abs=2e-3)
    assert made.shape == (3, 3, 3)


def test_no_block_at_the_edge_is_lost_where_both_grids_end_there() -> None:
    """Coarse fields that are means of fine ones, with the mean latitude and longitude of each block."""
    lat, lon = rotated(*np.meshgrid(np.arange(-2, 2, 0.25), np.arange(-4, 0, 0.25), indexing="ij"), back=True)
    blocks = [block_mean(each, 4) for each in (lat, lon)]
    weights = cell_weights(Place(None, lat, lon), Place(None, *blocks), (16, 16), 4, "both")
    source = field((4, 4))
    np.testing.assert_allclose(regrid_cells(source, weights, (4, 4)), source, rtol=0.05)
