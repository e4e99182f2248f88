"""A score that corrects for the number of members has no value for one member of an ensemble."""

from __future__ import annotations

import pytest

from downbench import Null, Totals
from downbench_metrics.shared.lone import lone_member


@pytest.mark.parametrize(
    ("members", "probabilistic", "refused"), [(1, True, True), (1, False, False), (2, True, False)]
)
def test_only_a_lone_member_of_a_probabilistic_method_is_refused(members, probabilistic, refused):
    got = lone_member(Totals({}, members, {"probabilistic": probabilistic}), "CRPS")
    assert got == (Null("the CRPS of a probabilistic method needs at least two members") if refused else None)
