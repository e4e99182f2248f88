"""Words that only look like rain, and what is made of rain but is none."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench_datasets.reading.rain_variable import find_variable, snow_beside


def field(name: str, **attrs: str) -> xr.Dataset:
    return xr.Dataset({name: (("time", "y", "x"), np.ones((2, 2, 2)), {"units": "mm/h", **attrs})})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("slope", "terrain slope"),
        ("q", "drainage"),
        ("mask", "training mask"),
        ("pme", "precipitation minus evaporation"),
        ("tcrw", "total column rain water"),
        ("rx1day", "annual maximum 1-day precipitation"),
        ("std", "standard deviation of precipitation"),
        ("pop", "probability of precipitation"),
        ("thru", "rain throughfall"),
    ],
)
def test_what_is_no_rain(name: str, text: str) -> None:
    assert find_variable(field(name, long_name=text), None, "here") is None


@pytest.mark.parametrize(
    ("name", "text"),
    [("hourlyPrecipRate", ""), ("qpe", "Rainfall estimate"), ("Rainf_f", ""), ("qpf", "hourly rain rate")],
)
def test_what_is_rain(name: str, text: str) -> None:
    assert find_variable(field(name, long_name=text), None, "here") == name


def test_snow_beside_rain_is_told() -> None:
    both = field("rainf", standard_name="rainfall_flux")
    both["snowf"] = both["rainf"].assign_attrs(standard_name="snowfall_flux")
    assert snow_beside(both, "rainf") == "snowf"
    assert snow_beside(both.rename(rainf="pr"), "pr") == "snowf", "by its standard name"
    assert snow_beside(field("pr"), "pr") is None


@pytest.mark.parametrize(
    "name", ["pluie", "lluvia_diaria", "Niederschlag", "neerslag", "nedbør", "RATE", "tp06"]
)
def test_rain_in_other_words(name: str) -> None:
    assert find_variable(field(name), None, "here") == name


@pytest.mark.parametrize("name", ["regeneration", "opadry", "RATES"])
def test_words_that_begin_like_them(name: str) -> None:
    assert find_variable(field(name), None, "here") is None
