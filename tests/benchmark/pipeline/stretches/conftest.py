"""The toy dataset in chunks of 5 frames, where a bin has 8 and metrics look back 1; a stored run of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from folders import TOY

from downbench.pipeline.fit import fit
from downbench.pipeline.metric_set import make_metrics
from downbench.pipeline.plan import Plan, make_plan
from downbench.pipeline.sample import sample
from downbench.pipeline.score import score
from downbench.plugins.session import configure, registry
from downbench.scoring.frames import open_frames
from downbench.store.record import RunRecord
from downbench.suite.request import DatasetSpec
from downbench.suite.resolve import make_dataset

METRICS = ["crps", "psd", "quantiles", "lag1", "spells"]  # by step and by bin, with a past and without
CHUNK = 5 * 3 * 64 * 64


@pytest.fixture(scope="module")
def small_chunks() -> Iterator[None]:
    """Chunks of 5 frames of 3 members, and plug-ins of the toy dataset."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CHUNK_VALUES", "MOST_VALUES"):
            patch.setattr(f"downbench.scoring.reading.{name}", CHUNK)
        yield


def toy_plan(runs: Path, keep: Any = None, entry: Any = None, **changes: Any) -> Plan:
    """A plan of a small ensemble of two sequences of two tiles with holes."""
    configure((TOY,))
    dataset = make_dataset(DatasetSpec(name="toy", set={"frames": 90, "holes": True, "sequences": 2}))
    settings = {"preset": None, "overrides": {}, "members": 3, "seed": 0, "budget": None, "device": "cpu"}
    entry, metrics = entry or registry().find("method", "noisy"), make_metrics(METRICS)
    settings |= {"role": "method", "runs": runs, "keep": keep}
    return make_plan(entry, open_frames(dataset, 25), metrics, **{**settings, **changes})


@pytest.fixture
def plan() -> Iterator[Callable[..., Plan]]:
    """Makes plans."""
    yield toy_plan
    configure()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, small_chunks: None) -> tuple[Plan, RunRecord]:
    """A run whose samples are stored, and its record."""
    one = toy_plan(tmp_path_factory.mktemp("stored"), "all")
    return one, score(one, fit(one)[0], sample(one.sampling)[0])
