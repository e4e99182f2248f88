"""Coarse predictors that go with the rain: what a model of the atmosphere would have had beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from downbench_datasets.standin.flow import FACTOR, HALO
from downbench_datasets.standin.noise import Band, generator
from downbench_datasets.standin.rain import TileRain, Weather, amplitude_of
from downbench_datasets.standin.sun import declination, insolation, solar_hour

Array = NDArray[np.float64]
UNITS = {  # names and order of the FV3GFS ensemble
    "precipitation": "mm h-1",
    "UGRD10m": "m s-1",
    "VGRD10m": "m s-1",
    "TMPsfc": "K",
    "CPRATsfc": "kg m-2 s-1",
    "DSWRFtoa": "W m-2",
    "ps": "Pa",
    "u700": "m s-1",
    "v700": "m s-1",
    "vertically_integrated_liq_wat": "kg m-2",
    "vertically_integrated_sphum": "kg m-2",
}
_UNRESOLVED = Band("unresolved", 64, 16, 2.0, 2, cells=FACTOR)  # what the rain does not know of
_TILTED = np.deg2rad(20)  # turning of the wind by friction
_GAS, _GRAVITY, _ROTATION = 287.05, 9.80665, 7.2921e-5


def sun_forcing(rain: TileRain, when: np.datetime64) -> Array:
    """Daily (peak at 16 h solar time) and seasonal (peak in high summer) cycle, (2, n, n) within [-1, 1]."""
    grid = rain.flow.geometry
    daily = np.cos((solar_hour(when, grid["lon"]) - 16) * np.pi / 12)
    summer = declination(when - np.timedelta64(30, "D")) / np.deg2rad(23.44)  # the warmth lags the sun
    return np.stack([daily, summer * np.sin(np.deg2rad(grid["lat"]))])


def _inner(field: Array) -> Array:
    return field[..., HALO:-HALO, HALO:-HALO]


def _east_north(rain: TileRain, wind: Array) -> tuple[Array, Array]:
    """Turn a vector along the grid's (y, x) into one to the east and north."""
    grid = rain.flow.geometry
    y, x = wind
    return x * grid["east_x"] + y * grid["east_y"], y * grid["east_x"] - x * grid["east_y"]


def _noise(rain: TileRain, frame: int, count: int) -> Array:
    """Smooth noise, one per predictor that needs some, (count, y, x)."""
    n = rain.size // FACTOR
    points = max(16, 1 << int(np.ceil(np.log2(n))))
    amplitude = amplitude_of(_UNRESOLVED, points)
    white = np.stack([_UNRESOLVED.white(points, rain.seed, rain.tile, frame, k) for k in range(count)])
    return _UNRESOLVED.shape(white, amplitude)[:, :n, :n].astype(np.float64)


def predictors(
    rain: TileRain,
    frame: int,
    when: np.datetime64,
    step: np.timedelta64,
    weather: Weather,
    coarse_rain: Array,
    height: Array,
    land: Array,
) -> dict[str, Array]:
    """All predictors of one frame, each (y, x) on the coarse window.

    Args:
        rain: the generator of the tile.
        frame: number of the frame.
        when: its middle.
        step: its length.
        weather: of the frame.
        coarse_rain: in mm/h; ``height`` in m and ``land`` (fraction): block means, all (y, x).
    """
    grid = {name: _inner(field) for name, field in rain.flow.geometry.items()}
    noise = _noise(rain, frame, 7)
    daily, season = _inner(sun_forcing(rain, when))
    sine = np.sin(np.deg2rad(grid["lat"]))
    ahead = (
        _inner(rain.systems(frame + 1).astype(np.float64)) + weather.regime / 2
    )  # moisture gathers before it rains
    now = _inner(weather.systems.astype(np.float64)) + weather.regime / 2

    u, v = (_inner(part) for part in _east_north(rain, weather.wind[:2]))
    turn = np.sign(sine) * _TILTED
    u10 = 0.6 * (u * np.cos(turn) - v * np.sin(turn)) + 0.8 * noise[0]
    v10 = 0.6 * (u * np.sin(turn) + v * np.cos(turn)) + 0.8 * noise[1]

    warmth = 300 - 28 * sine**2 + 10 * season
    surface = (
        warmth - 0.0055 * height + land * (5 * daily * np.cos(np.deg2rad(grid["lat"])))
        - 1.0 * np.minimum(coarse_rain, 3) - 0.6 * now + 0.5 * noise[2]
    )  # fmt: skip
    convective = 1 / (1 + np.exp(-(warmth - 286) / 8 - 0.8 * daily * land - 0.5 * noise[3]))
    water = 42 * np.exp(0.05 * (warmth - 300) - height / 2300 + 0.15 * ahead + 0.05 * noise[4])
    cloud = 0.03 * np.exp(0.8 * now + 0.4 * noise[5]) + 0.12 * np.sqrt(coarse_rain) * np.exp(0.25 * noise[5])

    tide = (
        110 * np.cos((solar_hour(when, grid["lon"]) - 9.7) * np.pi / 6) * np.cos(np.deg2rad(grid["lat"])) ** 3
    )
    balance = 1.2 * 2 * _ROTATION * sine * _inner(weather.wind[2]) * grid["width"]  # geostrophic
    sea_level = 101200 + balance + tide - 130 * now + 40 * noise[6]
    pressure = sea_level * np.exp(-_GRAVITY * height / (_GAS * (warmth - 0.00275 * height)))

    gusts = generator("gusts", rain.seed, rain.tile, frame).standard_normal((2, *u.shape))
    fields = (
        coarse_rain, u10, v10, surface, coarse_rain / 3600 * convective,
        insolation(when, step, grid["lat"], grid["lon"]), pressure,
        u + 0.5 * gusts[0], v + 0.5 * gusts[1], cloud, water,
    )  # fmt: skip
    return dict(zip(UNITS, fields, strict=True))
