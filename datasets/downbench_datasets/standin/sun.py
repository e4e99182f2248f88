"""The sun at the top of the atmosphere (Spencer 1971, Search 2 (5), 172)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SOLAR_CONSTANT = 1361.0  # W m-2
_SAMPLES = 6  # within a frame


def _day_angle(time: np.datetime64) -> float:
    year = time.astype("datetime64[Y]")
    days = (time - year) / np.timedelta64(1, "D")
    length = ((year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")) / np.timedelta64(1, "D")
    return float(2 * np.pi * days / length)


def declination(time: np.datetime64) -> float:
    """Declination of the sun in radians."""
    g = _day_angle(time)
    return float(
        0.006918 - 0.399912 * np.cos(g) + 0.070257 * np.sin(g) - 0.006758 * np.cos(2 * g)
        + 0.000907 * np.sin(2 * g) - 0.002697 * np.cos(3 * g) + 0.00148 * np.sin(3 * g)
    )  # fmt: skip


def solar_hour(time: np.datetime64, lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """True solar time in hours, 12 at the sun's highest, at longitudes in degrees."""
    g = _day_angle(time)
    equation = 229.18 * (
        0.000075
        + 0.001868 * np.cos(g)
        - 0.032077 * np.sin(g)
        - 0.014615 * np.cos(2 * g)
        - 0.04089 * np.sin(2 * g)
    )  # minutes
    hours = (time - time.astype("datetime64[D]")) / np.timedelta64(1, "h")
    return (hours + equation / 60 + lon / 15) % 24


def insolation(
    time: np.datetime64, step: np.timedelta64, lat: NDArray[np.float64], lon: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Downward short-wave flux at the top of the atmosphere in W m-2, mean of a frame centred at ``time``."""
    g = _day_angle(time)
    distance = (
        1.00011
        + 0.034221 * np.cos(g)
        + 0.00128 * np.sin(g)
        + 0.000719 * np.cos(2 * g)
        + 0.000077 * np.sin(2 * g)
    )  # (mean distance / distance)^2
    delta, phi = declination(time), np.deg2rad(lat)
    total = np.zeros_like(phi)
    for k in range(_SAMPLES):
        offset = step.astype("timedelta64[s]") * (2 * k + 1 - _SAMPLES) // (2 * _SAMPLES)
        angle = (solar_hour(time + offset, lon) - 12) * np.pi / 12
        cosine = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(angle)
        total += np.clip(cosine, 0, None)
    return SOLAR_CONSTANT * distance * total / _SAMPLES
