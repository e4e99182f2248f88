"""What a fitted model was fitted on is told where it is used on other cells or at another step."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from downbench.models.model_card import ModelCard
from downbench.models.scale import cell_size

Bench = Callable[..., Any]
DEGREE = 111.2  # km along a meridian, of a sphere with a radius of 6371 km
TOLD = "was fitted on coarse cells of about"


def lat_lon_file(path: Path, spacing: float, hours: int = 1, size: int = 16, frames: int = 60) -> Path:
    """Rain about the equator, on cells of some degrees."""
    rain = np.random.default_rng(4).gamma(0.5, 2, (frames, size, size)).astype(np.float32)
    step = hours * np.timedelta64(1, "h")
    xr.Dataset(
        {"precipitation": (("time", "lat", "lon"), rain, {"units": "mm/h"})},
        {
            "time": np.datetime64("2021-05-01", "ns") + np.arange(frames) * step,
            "lat": ("lat", spacing * (np.arange(size) - (size - 1) / 2), {"units": "degrees_north"}),
            "lon": ("lon", 10 + spacing * np.arange(size), {"units": "degrees_east"}),
        },
    ).to_netcdf(path)
    return path


@pytest.fixture
def fit(bench: Bench, tmp_path: Path) -> Path:
    """A method that was fitted on hours and coarse cells of a degree."""
    fine = lat_lon_file(tmp_path / "fine.nc", 0.25)
    found = bench(
        *("run", "-m", "bcsd", "-d", "files", "--data-root", fine, "--set", "files.factor=4"),
        *("--no-controls", "--metric", "crps", "--json"),
    )
    [run] = json.loads(found.stdout)["runs"]
    return Path(run["directory"])


def test_a_card_has_the_size_of_a_coarse_cell(fit):
    card = json.loads((fit.parents[3] / "model" / "model.json").read_text())
    assert card["cell_km"] == pytest.approx(DEGREE, rel=1e-3)


@pytest.mark.parametrize(("spacing", "hours"), [(1.0, 1), (1.2, 1), (2.0, 1), (0.5, 1), (1.0, 3)])
def test_apply_tells_other_cells_and_other_steps(bench, fit, tmp_path, spacing, hours):
    coarse = lat_lon_file(tmp_path / "coarse.nc", spacing, hours, 6, 12)
    said = " ".join(bench("apply", fit, coarse, "--out", tmp_path / "made.zarr").stderr.split())
    assert (TOLD in said) == (spacing in (2.0, 0.5))
    if TOLD in said:
        assert f"{TOLD} 111 km, the file has cells of about {spacing * DEGREE:.3g} km" in said
    assert ("the file has steps of 3 h" in said) == (hours == 3)


@pytest.mark.parametrize(("spacing", "hours"), [(0.25, 1), (0.1, 1), (0.25, 3)])
def test_a_run_with_weights_tells_them_too(bench, fit, tmp_path, spacing, hours):
    other = lat_lon_file(tmp_path / "other.nc", spacing, hours)
    moved = xr.load_dataset(other).assign_coords(time=lambda data: data["time"] + np.timedelta64(400, "D"))
    moved.to_netcdf(other)
    said = bench(
        *("run", "-m", "bcsd", "-d", "files", "--data-root", other, "--set", "files.factor=4"),
        *("--no-controls", "--metric", "crps", "--weights", fit),
    ).stderr
    said = " ".join(said.split())
    assert (f"{TOLD} 111 km, files (other) has cells of about 44.5 km" in said) == (spacing == 0.1)
    assert ("was fitted on steps of 1 h, files (other) has steps of 3 h" in said) == (hours == 3)


def test_a_card_from_before_the_size_was_kept_is_read(fit):
    card = json.loads((fit.parents[3] / "model" / "model.json").read_text())
    del card["cell_km"], card["digest"]
    assert ModelCard.model_validate(card).cell_km is None


def test_without_areas_in_square_metres_no_size_is_made_up():
    area = (("tile", "y", "x"), np.full((1, 4, 4), 4e6))
    assert cell_size([xr.Dataset({"area": (*area, {"units": "m2"})})], 3) == 6.0
    assert cell_size([xr.Dataset({"area": (*area, {"units": "1"})})], 3) is None
    assert cell_size([xr.Dataset()], 3) is None
