"""The sun, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from downbench_datasets.standin.sun import SOLAR_CONSTANT, declination, insolation, solar_hour

STEP = np.timedelta64(3, "h")


def frames(day: str) -> np.ndarray:
    return np.datetime64(f"{day}T01:30", "ns") + np.arange(8) * STEP


@pytest.mark.parametrize("day", ["2020-03-20", "2020-06-21", "2020-09-22", "2020-12-21", "2020-08-10"])
@pytest.mark.parametrize("lat", [-85.0, -40.0, 0.0, 12.0, 60.0, 89.0])
def test_daily_mean_insolation(day, lat):
    """Q = S0 (d0/d)^2 / pi (h0 sin phi sin delta + cos phi cos delta sin h0), Liou 2002, equation 2.2.21."""
    phi, delta = np.deg2rad(lat), declination(np.datetime64(f"{day}T12", "ns"))
    h0 = np.arccos(np.clip(-np.tan(phi) * np.tan(delta), -1, 1))
    number = (np.datetime64(day) - np.datetime64("2020-01-01")) / np.timedelta64(1, "D") + 1
    distance = 1 + 0.033 * np.cos(2 * np.pi * (number - 3) / 366)
    mean = h0 * np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.sin(h0)
    found = np.mean([insolation(t, STEP, np.array([lat]), np.array([77.0])) for t in frames(day)])
    assert found == pytest.approx(SOLAR_CONSTANT * distance * mean / np.pi, abs=6)


@pytest.mark.parametrize(
    ("day", "degrees"), [("2020-06-20", 23.43), ("2020-12-21", -23.43), ("2020-03-20", 0.0)]
)
def test_solstices_and_equinox(day, degrees):
    assert np.rad2deg(declination(np.datetime64(f"{day}T12", "ns"))) == pytest.approx(degrees, abs=0.4)


@pytest.mark.parametrize(
    ("day", "minutes"), [("2020-02-11", -14.2), ("2020-11-03", 16.4), ("2020-04-15", 0.0)]
)
def test_equation_of_time(day, minutes):
    noon = solar_hour(np.datetime64(f"{day}T12", "ns"), np.array([0.0]))[0]
    assert (noon - 12) * 60 == pytest.approx(minutes, abs=0.6)
