"""Conservative regridding: against cutting cells into small ones, and against what mass must do."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from downbench_datasets.files.pairs.conservative import line_weights, regrid, sines

Array = NDArray[np.float64]


def cells(edges: Array) -> Array:
    """Ends of the cells between edges."""
    return np.stack([edges[:-1], edges[1:]], 1)


def field(values: Array) -> xr.DataArray:
    return xr.DataArray(values, dims=("time", "y", "x"))


def test_it_is_the_mean_of_small_cells_in_equal_area_coordinates() -> None:
    """Every edge lies on a lattice of 1/60 in the sine of latitude and in longitude: the means are exact."""
    random = np.random.default_rng(0)
    lattice = [np.sort(random.choice(np.arange(1, 120), n, replace=False)) / 60 - 1 for n in (7, 5)]
    source_y, target_y = (np.concatenate([[-1.0], edges, [1.0]]) for edges in lattice)
    source_x, target_x = np.arange(0, 121, 15.0), np.array([3.0, 10, 40, 41, 90])
    rain = random.gamma(0.5, 2, (3, len(source_y) - 1, len(source_x) - 1))
    rows = line_weights(cells(target_y), cells(source_y))
    columns = line_weights(cells(target_x), cells(source_x), 360)
    got = regrid(field(rain), rows, columns).to_numpy()
    y, x = (np.arange(-60, 60) + 0.5) / 60, np.arange(0, 120) + 0.5
    small = rain[:, np.searchsorted(source_y, y) - 1][:, :, np.searchsorted(source_x, x) - 1]
    for i, (south, north) in enumerate(cells(target_y)):
        for j, (west, east) in enumerate(cells(target_x)):
            inside = small[:, (y > south) & (y < north)][:, :, (x > west) & (x < east)]
            np.testing.assert_allclose(got[:, i, j], inside.mean((1, 2)), rtol=1e-6)


def test_rows_weigh_by_their_area_on_the_sphere() -> None:
    south, north = np.array([[60.0, 70], [70, 80]]), np.array([[80.0, 60.0]])
    weights = line_weights(sines(north), sines(south)).toarray()[0]
    area = np.sin(np.deg2rad([70, 80])) - np.sin(np.deg2rad([60, 70]))
    np.testing.assert_allclose(weights, area / area.sum(), rtol=1e-12)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.booleans(),
    st.floats(-720, 720),
    st.integers(0, 2**32 - 1),
)
def test_mass_is_kept_round_the_globe_whatever_the_grids(
    many: int, few: int, falls: bool, turned: float, seed: int
) -> None:
    random = np.random.default_rng(seed)

    def edges(n: int, low: float, high: float) -> Array:
        inner = np.sort(random.uniform(low, high, n - 1))
        return np.concatenate([[low], inner, [high]])

    source = cells(edges(many, -90, 90)), cells(edges(few, 0, 360) + turned)
    target = cells(edges(few, -90, 90)[:: -1 if falls else 1]), cells(edges(many, -180, 180))
    rain = random.gamma(0.5, 2, (1, many, few))
    rows = line_weights(sines(target[0]), sines(source[0]))
    columns = line_weights(target[1], source[1], 360)
    got = regrid(field(rain), rows, columns).to_numpy()

    def mass(values: Array, y: Array, x: Array) -> float:
        area = np.abs(np.diff(sines(y)))[:, 0, None] * np.abs(np.diff(x))[:, 0]
        return float((np.nan_to_num(values) * area).sum())

    assert mass(got, *target) == pytest.approx(mass(rain, *source), rel=1e-5)
    one = regrid(field(np.ones_like(rain)), rows, columns)
    np.testing.assert_allclose(one, 1, rtol=1e-6)


def test_a_cell_that_is_not_wholly_covered_is_missing_and_lazy_fields_stay_lazy() -> None:
    lines = np.arange(5.0)
    rain = np.ones((2, 4, 4))
    rain[0, 1, 1] = np.nan
    half = line_weights(cells(np.array([0.0, 2, 4])), cells(lines))
    over = line_weights(cells(np.array([-1.0, 1, 4])), cells(lines))
    lazy = regrid(field(rain).chunk(time=1), half, over)
    assert lazy.chunks is not None
    np.testing.assert_array_equal(lazy, [[[np.nan, np.nan], [np.nan, 1]], [[np.nan, 1], [np.nan, 1]]])
    same = regrid(
        field(rain), line_weights(cells(lines), cells(lines)), line_weights(cells(lines), cells(lines))
    )
    np.testing.assert_array_equal(same, rain)
