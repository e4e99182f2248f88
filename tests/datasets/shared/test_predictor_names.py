"""Names of predictors in the suite and in stores."""

from __future__ import annotations

from itertools import chain

import pytest
import xarray as xr

from downbench_datasets.shared.predictor_names import PREDICTOR_NAMES, name_in_store


def store(*names):
    return xr.Dataset({name: ("x", [1.0]) for name in names}, coords={"ps": ("x", [1.0])})


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (("tsfc",), "tsfc"),
        (("tsfc_coarse",), "tsfc_coarse"),
        (("tsfc", "TMPsfc"), "TMPsfc"),  # the first name goes first
        (("TMPsfc_coarse", "tsfc"), "TMPsfc_coarse"),
        (("TMPsfc_coarse_coarse", "xtsfc"), None),
    ],
)
def test_a_variable_goes_by_any_of_its_names(there, expected):
    assert name_in_store(store(*there), PREDICTOR_NAMES["TMPsfc"]) == expected


def test_a_coordinate_is_no_predictor():
    assert name_in_store(store("u700"), PREDICTOR_NAMES["ps"]) is None


def test_no_name_stands_for_two_predictors():
    names = list(chain.from_iterable(PREDICTOR_NAMES.values()))
    assert len(set(names)) == len(names)
    assert all(name in names for name, names in PREDICTOR_NAMES.items())
