"""About how long a run takes is known of what has been run."""

from __future__ import annotations

from folders import ROOT

from downbench.references.index import read_index
from downbench_methods import downbench_methods
from downbench_methods.costs import FIT, costs_of

SHIPPED = ROOT / "leaderboard" / "reference" / "downbench_reference"
FACTOR = 3  # within which costs hold, as `bench run` says


def test_each_method_that_has_a_reference_has_a_cost():
    made = {one.method for one in read_index(SHIPPED).references if one.distribution == "downbench"}
    assert [info.name for info in downbench_methods() if info.name in made and not costs_of(info)] == []


def test_fits_of_networks_took_what_is_said():
    """On real records, where the preset has all its steps."""
    costs = {info.name: costs_of(info) for info in downbench_methods()}
    took = [
        (one.method, one.cost["fit"])
        for one in read_index(SHIPPED).references
        if one.preset == "tiny" and one.archive.startswith("files-")
        and not (one.older or one.other_settings)
        and costs[one.method]["tiny"].fit == FIT
    ]  # fmt: skip
    assert len(took) > 10
    assert [(name, fit) for name, fit in took if not FIT / FACTOR < fit < FIT * FACTOR] == []
