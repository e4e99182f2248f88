"""Limits of rain, and marks of missing values that nobody declared."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench.errors import DownbenchWarning, UserError
from downbench.rain_values import RAIN_LIMIT, clean_precipitation, convert_precipitation


@pytest.mark.parametrize("value", [2001.0, 9999.0, 1e20, 9.96921e36, np.inf])
def test_rain_that_no_place_has_is_refused(value):
    rain = xr.DataArray(np.array([0.0, np.nan, value], np.float32))
    with pytest.raises(UserError, match=r"above 2000 mm/h a value counts as missing|infinite rain"):
        clean_precipitation(rain, "here")


def test_the_limit_can_be_raised_and_rain_at_it_is_rain():
    rain = xr.DataArray(np.array([0.0, np.nan, 2000.0, -5e-4], np.float32))
    np.testing.assert_array_equal(clean_precipitation(rain[:3], "here"), rain[:3])
    high = xr.DataArray(np.array([5000.0], np.float32))
    assert float(clean_precipitation(high, "here", limit=6000)[0]) == 5000


def test_a_refusal_hands_on_the_value_as_the_file_has_it():
    """In kg m-2 s-1, the default fill value of NetCDF times 3600 is more than float32 holds."""
    rain = xr.DataArray(np.array([0.001, 9.96921e36], np.float32))
    with pytest.raises(UserError, match=r"rain of 3.58892e\+40 mm/h(.|\n)*the value 9.96921e\+36"):
        convert_precipitation(rain, 3600, "here", 2000, lambda value: f"the value {value:.6g}")


@pytest.mark.parametrize("code", [9999, 999.9, 32767, 65535])
def test_a_usual_mark_of_missing_values_is_refused_below_the_limit(code: float) -> None:
    """9999 mm/day are 416 mm/h: no impossible rain, and nearly always no rain at all."""
    daily = xr.DataArray(np.array([0, 40, code], np.float32))
    asked: list[float] = []

    def remedy(value: float) -> str:
        asked.append(value)
        return "declare it"

    with pytest.raises(UserError, match=r"files often mark missing values so|above 2000 mm/h"):
        convert_precipitation(daily, 1 / 24, "here", RAIN_LIMIT, remedy)
    assert asked == pytest.approx([code])
    kept = convert_precipitation(daily, 1 / 24, "here", 5000, remedy)
    assert kept.max() == pytest.approx(code / 24), "whoever sets a limit of his own says that it is rain"


@pytest.mark.parametrize("code", [99.9, 999, 255, 327.67])
@pytest.mark.parametrize("factor", [1.0, 1 / 24])
def test_a_mark_that_could_be_rain_is_refused_where_it_repeats_far_above_the_rest(
    code: float, factor: float
) -> None:
    cells = np.array([[0, 40, np.nan], [code, code, code]], np.float32)
    rain = xr.DataArray(cells)
    with pytest.raises(UserError, match="files often mark missing values so"):
        convert_precipitation(rain, factor, "here", RAIN_LIMIT, str)
    assert convert_precipitation(rain, factor, "here", 3000, str).max() == pytest.approx(code * factor)
    cells[0, 0] = 0.8 * code  # a cloudburst, cut off at the largest value of its scale
    assert convert_precipitation(rain, factor, "here", RAIN_LIMIT, str).max() == pytest.approx(code * factor)
    twice = xr.DataArray(np.array([0, 40, code, code], np.float32))
    assert convert_precipitation(twice, factor, "here", RAIN_LIMIT, str).max() == pytest.approx(code * factor)


@pytest.mark.parametrize("rain", [999.0, 1000.0, 255.0, 9998.0])
def test_what_only_looks_like_one_is_rain(rain: float) -> None:
    daily = xr.DataArray(np.array([0, rain], np.float32))
    assert convert_precipitation(daily, 1 / 24, "here", RAIN_LIMIT, str).max() == pytest.approx(rain / 24)


def test_more_than_an_hour_ever_had_is_no_rain_where_it_repeats() -> None:
    """500, 511 or 1000 mark missing data as well as any number; a lone cloudburst stays."""
    for code in (500.0, 511.0, 1000.0):
        cells = xr.DataArray(np.array([0, 40, code, code, code], np.float32))
        with pytest.raises(UserError, match="files often mark missing values so"):
            convert_precipitation(cells, 1.0, "here", RAIN_LIMIT, str)
        lone = xr.DataArray(np.array([0, 40, code], np.float32))
        assert convert_precipitation(lone, 1.0, "here", RAIN_LIMIT, str).max() == code
        assert convert_precipitation(cells, 1 / 24, "here", RAIN_LIMIT, str).max() < 100, "in a day it may be"


@pytest.mark.parametrize("chunked", [False, True])
def test_negative_rain_is_refused_with_how_much_how_often_and_where(chunked: bool) -> None:
    values = np.zeros((3, 1, 4, 5), np.float32)
    values[0, 0, 0, 0] = -5e-4
    values[1, 0, 3, 2], values[1, 0, 0, 1] = -0.25, -0.125
    rain = xr.DataArray(values, dims=("time", "tile", "y", "x"))
    rain = rain.chunk({"time": 1}) if chunked else rain
    said = rf"-0.25 mm/h at day 1, y = 3, x = 2, the lowest of 2 such values of {20 if chunked else 60} read"
    with pytest.raises(UserError, match=rf"{said}(.|\n)*noise of -0.25; value -0.25"):
        convert_precipitation(
            rain, 1.0, "here", 2000, "value {}".format,
            remedy_of_noise="noise of {}; ".format, date="day {}".format,
        ).load()  # fmt: skip


def test_noise_down_to_a_bound_is_dry_and_announced() -> None:
    rain = xr.DataArray(np.array([0.5, -0.01, np.nan, -0.004], np.float32))
    with pytest.warns(DownbenchWarning, match="clipped rain as low as -0.01 mm/h to zero"):
        made = convert_precipitation(rain, 1.0, "here", 2000, str, lowest=-0.01)
    np.testing.assert_array_equal(made, np.array([0.5, 0, np.nan, 0], np.float32))
    with pytest.raises(UserError, match=r"below -0.009 mm/h is not rounding noise"):
        convert_precipitation(rain, 1.0, "here", 2000, str, lowest=-0.009)


def test_amounts_are_judged_as_the_file_has_them() -> None:
    """9999 mm in a month are 13.9 mm/h, which could be rain, and -99 mm are -0.15 mm/h."""
    hours = np.array([31 * 24.0, 28 * 24.0])
    months = np.zeros((2, 3, 3), np.float32)
    months[0], months[1] = 62, 140
    dims = ("time", "y", "x")
    made = convert_precipitation(xr.DataArray(months, dims=dims), 1.0, "here", RAIN_LIMIT, str, hours=hours)
    np.testing.assert_allclose(made[:, 0, 0], [62 / 744, 140 / 672], rtol=1e-6)
    for code, asked in ((9999.0, "9999.0"), (-99.0, "-99.0")):
        marked = months.copy()
        marked[1, 2, 2] = code
        with pytest.raises(UserError, match=rf"(.|\n)*value {asked}"):
            convert_precipitation(
                xr.DataArray(marked, dims=dims), 1.0, "here", RAIN_LIMIT, "value {}".format, hours=hours
            )
    months[1, 0] = 999.9  # three cells, and no other above 140
    with pytest.raises(UserError, match="files often mark missing values so"):
        convert_precipitation(xr.DataArray(months, dims=dims), 1.0, "here", RAIN_LIMIT, str, hours=hours)
    months[1, 0], months[1, 1] = (0, 0, 999.9), 700  # a wet month
    assert convert_precipitation(
        xr.DataArray(months, dims=dims), 1.0, "here", RAIN_LIMIT, str, hours=hours
    ).max() == pytest.approx(999.9 / 672)
