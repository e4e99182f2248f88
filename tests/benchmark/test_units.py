"""Every spelling of units that files have means what its writer meant, or is refused."""

from __future__ import annotations

import pytest

from downbench.errors import UserError
from downbench.units import Units, read_units, said_units, to_mm_per_hour, unit_factor

MM_HOUR = """mm/h|mm h-1|mm/hr|mm hr-1|mm/hour|mm hour-1|mm h^-1|mm h**-1|mm.h-1|mm per hour|mm/hours|mm·h⁻¹
mm h⁻¹|Mm/h|MM/HR|mm/HOUR|mmh-1|mm/1h|[mm/h]|(mm/hr)|millimeters/hour|millimetres per hour|kg m-2 h-1|kg/m2/h
l m-2 h-1|l/m2/h|mm of water equivalent per hour|mm w.e. h-1|mm H2O/hr|mm (H2O) h-1
mm/hour (rain)|mm rain/h|mm of precipitation per hour
lwe mm h-1|mm (1 h)-1|mm/60 min"""
MM_DAY = """mm/d|mm d-1|mm/day|mm day-1|mm d^-1|mm d**-1|mm per day|mm/Day|mm/dy|mm/24h|mm/24 hours|mm (day)-1
mm/1 day|mm/day (liquid)|kg m-2 d-1|kg m-2 day-1|kg m**-2 day**-1|kg m-2 per day|kg/m2/day|kg/m^2/day
mm (24h)-1|liter m-2 day-1|mm/1day"""
KG_SECOND = """kg m-2 s-1|kg m**-2 s**-1|kg m^-2 s^-1|kg/m2/s|kg/m^2/s|kg/m**2/s|kg/(m^2 s)|kg/(m2 s)
kg/(m2*s)|kg.m-2.s-1|kg m-2.s-1|kg m-2s-1|kgm-2s-1|kg m^{-2} s^{-1}|kg m{-2} s{-1}|kg m⁻² s⁻¹|Kg m-2 s-1
mm s-1|mm/s|mm/sec"""
OTHERS = {  # to mm/h
    "mm (3h)-1": 1 / 3, "mm (3 h)-1": 1 / 3, "mm/(3h)": 1 / 3, "mm/3h": 1 / 3, "mm/3hr": 1 / 3,
    "mm/6hr": 1 / 6,
    "mm per 6 hours": 1 / 6, "mm (6h)^-1": 1 / 6, "mm/5min": 12, "mm (5 min)-1": 12, "mm/15 minutes": 4,
    "mm/min": 60,
    "inches/hour": 25.4, "in/hr": 25.4, "in h-1": 25.4, "inches per hour": 25.4, "inch/day": 25.4 / 24,
    "cm/day": 10 / 24, "m/s": 3.6e6, "m s-1": 3.6e6, "m s**-1": 3.6e6, "m day**-1": 1000 / 24, "m/h": 1000,
    "0.1 mm/h": 0.1, "g m-2 s-1": 3.6, "mm/year": 1 / (24 * 365.2425),
}  # fmt: skip
AMOUNTS = {  # to mm
    "mm": 1, "m": 1000, "kg m-2": 1, "kg m**-2": 1, "kg m^-2": 1, "kg/m^2": 1, "inch": 25.4, "in": 25.4,
    "inches": 25.4, "cm": 10, "0.1 mm": 0.1, "meters": 1000, "millimeters": 1, "l/m2": 1, "litre m-2": 1,
    "m of water equivalent": 1000, "m of water": 1000, "mm w.e.": 1, "in/100": 0.254,
    "mm of rain": 1, "mm (rainfall)": 1, "tenths of mm": 0.1, "1/10 mm": 0.1,
    "hundredths of inch": 0.254, "mm accumulated": 1, "kg m-2 (accumulated)": 1, "mm total": 1, "mm H2O": 1,
}  # fmt: skip
HOURS = {MM_HOUR: 1.0, MM_DAY: 1 / 24, KG_SECOND: 3600.0}
SPELLINGS = [
    (text, factor)
    for texts, factor in HOURS.items()
    for line in texts.splitlines()
    for text in line.split("|")
]


@pytest.mark.parametrize(("text", "factor"), [*SPELLINGS, *OTHERS.items()])
def test_rates(text, factor):
    units = read_units(text, "here")
    assert units.kind == "rate"
    assert units.factor == pytest.approx(factor, rel=1e-4)


@pytest.mark.parametrize(("text", "factor"), AMOUNTS.items())
def test_amounts(text, factor):
    units = read_units(text, "here")
    assert (units.kind, units.factor, units.per) == ("amount", pytest.approx(factor), "")


@pytest.mark.parametrize("part", ["month", "dekad", "pentad"])
@pytest.mark.parametrize("text", ["mm/{}", "mm {}-1", "mm per {}", "kg m-2 {}-1", "mm/{}s"])
def test_amounts_of_parts_of_the_calendar(text, part):
    """A dekad is no tenth of a day times a hundred (pint reads deka-days), but 8 to 11 days."""
    units = read_units(text.format(part), "here")
    assert (units.kind, units.per, units.factor) == ("amount", part, pytest.approx(1, rel=1e-4))


@pytest.mark.parametrize("text", ["mm/mon", "mm mon-1"])
def test_short_names_of_months(text):
    assert read_units(text, "here").per == "month"


@pytest.mark.parametrize(
    ("text", "factor"), [("kg m\u22122 s\u22121", 3600), ("mm h\u20131", 1), ("mm d\u22121", 1 / 24)]
)
def test_minus_signs_of_typesetting(text, factor):
    assert read_units(text, "here") == Units("rate", pytest.approx(factor))


@pytest.mark.parametrize("text", ["dBZ", "dbz", "DBZ"])
def test_reflectivity(text):
    assert read_units(text, "here").kind == "reflectivity"


@pytest.mark.parametrize("text", ["K", "1", "none", "furlongs", "m2", "W m-2", "s-1", "kg/m2s", "hPa", "%"])
def test_what_is_no_precipitation(text):
    with pytest.raises(
        UserError, match=r"here: '.*' is not a unit of precipitation\n.*say: --units mm/h \(or"
    ):
        read_units(text, "here", "say: --units {}".format)
    with pytest.raises(UserError, match="is not a unit of precipitation"):
        to_mm_per_hour(text, "here")


def test_units_that_are_not_said():
    with pytest.raises(UserError, match="the units are not said"):
        read_units(" ", "here")


def test_two_readings():
    """UDUNITS reads 3 mm in an hour; who writes it mostly means mm in three hours."""
    with pytest.raises(UserError, match=r"two readings\n.*: write mm/\(3 h\); or .*: write 3 mm/h"):
        read_units("mm 3h-1", "here")


@pytest.mark.parametrize("key", ["units", "Units", "unit", "GRIB_units"])
def test_units_stand_under_the_names_that_products_use(key: str) -> None:
    assert said_units({"long_name": "rain", key: "mm/h", "Unit": ""}) == "mm/h"


# Rates alone, as methods, predictions and stores must have them


@pytest.mark.parametrize(("units", "factor"), [
    ("mm/h", 1), ("mm hr-1", 1), ("mm/hour", 1), ("mm h^-1", 1), ("mm per hour", 1),
    ("kg m-2 s-1", 3600), ("kg m**-2 s**-1", 3600), ("kg.m-2.s-1", 3600), ("kg/(m^2*s)", 3600),
    ("kg m-2 d-1", 1 / 24), ("mm d**-1", 1 / 24), ("mm/d", 1 / 24), ("m s-1", 3.6e6), ("m/day", 1000 / 24),
    ("in/hr", 25.4), ("1e-3 m h-1", 1), ("g m-2 s-1", 3.6), ("mm/24h", 1 / 24), ("mm 1h-1", 1),
    ("Mm/h", 1), ("mmh-1", 1), ("kg m\u22122 s\u22121", 3600), ("mm (3 h)-1", 1 / 3), ("[mm/h]", 1),
])  # fmt: skip
def test_factors_of_rates(units, factor):
    assert to_mm_per_hour(units, "here") == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize(("units", "message"), [
    ("", "the units are not said"), ("rain", "is not a unit"), ("m2 s-1", "is not a unit"),
    ("-1 mm/h", "is not a unit"), ("((", "is not a unit"),
    ("mm", "is an amount"), ("m", "is an amount"), ("kg m^-2", "is an amount"), ("inches", "is an amount"),
    ("mm/month", "is an amount of .*\n.*length of each month"), ("dBZ", "is reflectivity"),
])  # fmt: skip
def test_what_is_not_a_rate_is_refused(units, message):
    with pytest.raises(UserError, match=f"here: .*{message}"):
        to_mm_per_hour(units, "here")


@pytest.mark.parametrize("units", ["mm 3h-1", "kg m-2 6 h**-1", "mm 24hr^-1"])
def test_rates_with_two_readings_are_refused(units):
    with pytest.raises(UserError, match=r"have two readings\n.*write .*/\("):
        to_mm_per_hour(units, "here")


def test_factors_between_units():
    assert unit_factor("km", "m") == 1000
    assert unit_factor("%", "1") == pytest.approx(0.01)
    assert unit_factor("m**2 s**-2", "m2 s-2") == 1
    assert unit_factor("K", "m") is None
