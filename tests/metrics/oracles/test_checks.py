"""Each built-in metric brings an independent check that shares no code with scoring, and meets it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from scoring_metrics import built_in_metrics
from scoring_world import make_world

from downbench import Null, Subset
from downbench.plugins.session import registry
from downbench.verification.check import check_values, load_check
from downbench.verification.ours import engine_values
from downbench_metrics import downbench_metrics
from downbench_metrics.oracles import climate, crps_parts, distribution, ensemble, spatial, temporal
from downbench_metrics.oracles.checks import CHECKS


def test_every_metric_of_ours_brings_a_check():
    assert {info.name: info.check for info in downbench_metrics()} == CHECKS


@pytest.fixture(scope="module")
def world_and_subset():
    """Two tiles with a hole, of unequal areas, and all that the independent path asks for."""
    world = make_world(seed=5, members=3, steps=(40,), size=64)
    area, truth, members = world.grid.area, world.truth["s0"], world.members["s0"]
    windows = tuple((tile, y, x) for tile, corners in world.grid.windows.items() for y, x in corners)
    where = (8, 3.0, windows, world.grid.window_size, world.frames[0][1], world.grid.time_bin)
    doubled = (field.astype(float) for field in (truth, members, world.coarse["s0"]))
    return world, Subset(*doubled, area, *where)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_domain_of_unequal_cells(world_and_subset, name):
    world, subset = world_and_subset
    metric = built_in_metrics()[name]
    check = load_check(registry().find("metric", name))
    ours = engine_values(world.score({name: metric}), name, metric, check, True)
    theirs, scale = check_values(name, check, subset)
    compared = [c for c in ours if c in theirs and not isinstance(ours[c], Null)]
    assert compared
    for component in compared:
        size = abs(theirs[component]) if scale is None else scale
        allowed = check.info.absolute + check.info.relative * size
        assert abs(ours[component] - theirs[component]) <= allowed, component


@pytest.mark.parametrize("module", [ensemble, crps_parts, climate, distribution, spatial, temporal])
def test_the_independent_path_shares_no_code_with_scoring(module):
    nodes = list(ast.walk(ast.parse(Path(module.__file__).read_text())))
    whole = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    assert not [name for name in whole if name.startswith("downbench")]
    parts = {node.module: [n.name for n in node.names] for node in nodes if isinstance(node, ast.ImportFrom)}
    ours = {name: taken for name, taken in parts.items() if name.startswith("downbench")}
    assert ours.pop("downbench") == ["Subset"]
    assert all(name.startswith("downbench_metrics.oracles.") for name in ours)
