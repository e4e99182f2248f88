"""A run by the paper's estimators: from its samples, or from samples made again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import zarr
from folders import TOY
from toy_runs import PLUGIN, toy_run

from downbench.findings.rebuild import rebuild
from downbench.findings.stored_run import open_run
from downbench.paper.scoring import by_the_paper
from downbench.pipeline.metric_set import make_metrics
from downbench.plugins.session import configure

PER_KG = 3600.0  # mm/h


def test_cells_count_alike_whatever_their_area(made):
    configure((TOY,))
    run = open_run(Path(made.runs[0].directory))
    [sequence] = rebuild(run, make_metrics(["crps"])).frames.sequences
    got = by_the_paper(run)
    configure()

    area = sequence.static["area"].to_numpy()
    assert area.max() > 1.01 * area.min()  # degrees: cells grow towards the equator
    truth = sequence.fine.transpose("time", "tile", "y", "x").to_numpy().astype(np.float64)
    members = zarr.open_group(run.paths.predictions, mode="r")[sequence.name][:].astype(np.float64)
    assert got.members == 4
    there = np.isfinite(truth)
    assert 0 < got.values == there.sum() < truth.size
    assert got.mse == pytest.approx(((members - truth) ** 2)[:, there].mean() / PER_KG**2, rel=1e-9)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A run that kept its samples, and the same without."""
    folder = tmp_path_factory.mktemp("both")
    options = ("--members", "3", "--metric", "crps")
    return [toy_run(folder / keep, "noisy", *options, "--keep", keep, frames=40) for keep in ("all", "none")]


def test_samples_that_were_not_kept_are_made_again(both, bench):
    printed = bench("score", *both, "--protocol", "paper", "--json", *PLUGIN)
    one, two = json.loads(printed.stdout)["paper"]["runs"]
    assert "sampled again" in printed.stderr
    assert one.pop("directory") != two.pop("directory")
    assert one == two
