"""Words that only look like rain, and what is made of rain but is none."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench_datasets.reading.rain_variable import (
    describe_variables,
    find_variable,
    rivals_of,
    snow_beside,
)


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


@pytest.mark.parametrize(
    ("name", "methods"),
    [
        ("pr", "time: maximum"),
        ("pr", "time: mean within hours time: maximum over hours"),
        ("pr", "area: time: standard_deviation"),
        ("pr", "time: mean within years time: mean over years"),
        ("precipitation", "realization: variance"),
        ("prhmax", ""),
        ("rain_max", "time: mean"),
        ("max_precip", ""),
        ("precip_std", ""),
        ("pr_anom", ""),
        ("p95_precip", ""),
    ],
)
def test_statistics_of_rain_are_not_taken_for_it(name: str, methods: str) -> None:
    """CMIP's prhmax has the standard name of rain: the largest hour of a day is no mean of the day."""
    only = field(name, standard_name="precipitation_flux", cell_methods=methods)
    assert find_variable(only, None, "here") is None
    assert find_variable(only, name, "here") == name, "who asks for it gets it"
    assert methods in describe_variables([only])


@pytest.mark.parametrize(
    "methods", ["time: mean (interval: 1 hour comment: maximum of 2)", "time: sum", "area: mean time: point"]
)
@pytest.mark.parametrize("name", ["rain_15_min", "pr_climate_model", "maxwell_rain", "precip_p1"])
def test_names_and_methods_of_rain_itself(name: str, methods: str) -> None:
    only = field(name, standard_name="precipitation_flux", cell_methods=methods)
    assert find_variable(only, None, "here") == name


def test_two_variables_of_one_standard_name_are_not_chosen_from() -> None:
    both = field("corrected", standard_name="precipitation_flux")
    both["raw"] = both["corrected"] * 2
    both["raw"].attrs = both["corrected"].attrs
    with pytest.raises(UserError, match="which of corrected, raw"):
        find_variable(both, None, "here")
    both["corrected"] = both["corrected"].mean("time", keep_attrs=True)
    assert find_variable(both, None, "here") == "raw", "a mean over time is not the record"


def test_what_else_might_be_meant_is_told() -> None:
    both = field("precipitation")
    both["precip"] = both["precipitation"] * 2
    both["orog"] = both["precipitation"].isel(time=0)
    assert rivals_of(both, "precipitation") == ["precip"]
    wrf = xr.Dataset(dict.fromkeys(("RAINC", "RAINNC", "RAINC+RAINNC"), both["precip"]))
    assert rivals_of(wrf, "RAINC+RAINNC") == []
