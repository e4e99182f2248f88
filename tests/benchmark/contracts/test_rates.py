"""Rain of a dataset that says other units than mm/h."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from sequences import make_sequence

from downbench import UserError
from downbench.contracts.rates import check_rates

WHOLE = make_sequence(np.zeros((4, 16, 16), np.float32))


def rain(units: object) -> xr.DataArray:
    return xr.DataArray(np.zeros(3), dims="time", attrs={"units": units})


@pytest.mark.parametrize(
    ("units", "factor"), [("mm/day", "0.0416667"), ("mm d-1", "0.0416667"), ("kg m-2 s-1", "3600")]
)
def test_other_rates_are_refused_with_the_factor(units, factor):
    with pytest.raises(UserError, match=rf"(?s)here has the units '{units}'.*multiply it by {factor},"):
        check_rates(rain(units), "here")


def test_an_amount_is_no_rate():
    with pytest.raises(UserError, match="'mm' is an amount"):
        check_rates(rain("mm"), "here")


@pytest.mark.parametrize("units", ["mm h-1", "mm/h", "mm hr-1", "kg m-2 h-1", "as it falls", 1])
def test_millimetres_an_hour_in_any_spelling_and_words_without_meaning_are_taken(units):
    check_rates(rain(units), "here")


def test_both_fields_of_a_sequence_are_asked():
    day = {"units": "mm/day"}
    with pytest.raises(UserError, match=r"sequence '.*': its fine rain has the units"):
        replace(WHOLE, fine=WHOLE.fine.assign_attrs(day))
    coarse = WHOLE.coarse.assign(precipitation=WHOLE.coarse["precipitation"].assign_attrs(day))
    with pytest.raises(UserError, match=r"sequence '.*': its coarse rain has the units"):
        replace(WHOLE, coarse=coarse)
