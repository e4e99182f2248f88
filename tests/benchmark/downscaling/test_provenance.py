"""What a downscaled file says of itself, of a request that is made of plain parts."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from downbench import Config
from downbench.downscaling.provenance import provenance, rain_attributes
from downbench.plugins.session import registry


def request(**changes: Any) -> Any:
    """Of bicubic interpolation, fitted on some rain."""
    entry = registry().find("method", "bicubic")
    trained = SimpleNamespace(standin=False, label="files (rain)", fingerprint="f" * 64)
    card = SimpleNamespace(dataset=trained, key="k" * 64, method=SimpleNamespace(version="0.1"))
    parts = {
        "entry": entry,
        "info": entry.info,
        "weights": SimpleNamespace(card=card, digest="d" * 64),
        "config": Config(),
        "source": SimpleNamespace(
            origin={"history": "made by hand"}, attributes={"cell_methods": "time: mean"}
        ),
        "factor": 8,
        "seed": 3,
        "sequence": "rain",
        "units": "mm/h",
        "identity": {"members": 4},
    }
    return SimpleNamespace(**parts | changes)


def test_the_file_says_what_made_it_of_what() -> None:
    said = provenance(request())
    assert said["title"].startswith("Precipitation downscaled 8 times by Bicubic interpolation")
    assert said["input_history"] == "made by hand"
    assert (said["downbench_method"], said["downbench_seed"]) == ("downbench:bicubic", 3)
    assert said["downbench_training_data"] == "files (rain)"
    assert json.loads(said["downbench_request"]) == {"members": 4}
    assert {"downbench", "numpy", "xarray"} <= json.loads(said["downbench_versions"]).keys()
    assert "stand-in" not in said["comment"]


def test_a_method_of_a_stand_in_says_so() -> None:
    asked = request()
    asked.weights.card.dataset.standin = True
    assert "synthetic stand-in, not on real rain" in provenance(asked)["comment"]


@pytest.mark.parametrize(
    ("units", "name"), [("mm/h", "lwe_precipitation_rate"), ("kg m-2 s-1", "precipitation_flux")]
)
def test_rain_is_named_by_its_units(units: str, name: str) -> None:
    said = rain_attributes(request(units=units))
    assert (said["standard_name"], said["units"], said["cell_methods"]) == (name, units, "time: mean")
