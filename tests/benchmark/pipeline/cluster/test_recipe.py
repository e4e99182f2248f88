"""What a recipe promises is checked where it is used, and a worker says by host what it lacks."""

from __future__ import annotations

import errno
import socket
from dataclasses import replace

import pytest
from folders import TOY

from downbench import RunFailed
from downbench.pipeline.cluster.recipe import frames_of, recipe_of_frames, telling_where
from downbench.pipeline.cluster.scoring import metrics_of
from downbench.pipeline.metric_set import make_metrics
from downbench.pipeline.named_datasets import make_dataset
from downbench.plugins.session import configure, registry
from downbench.scoring.frames import open_frames


@pytest.fixture
def recipe():
    configure((TOY,))
    dataset = make_dataset(registry().find("dataset", "toy"), {"frames": 40}, None)
    yield recipe_of_frames(open_frames(dataset, 5))
    configure()
    frames_of.cache_clear()


def test_a_worker_opens_the_same_frames(recipe):
    frames = frames_of(recipe)
    assert (frames.key, frames.count, frames.limit) == (recipe.key, 5, 5)


def test_a_worker_that_sees_other_data(recipe):
    with pytest.raises(RunFailed, match=f"on {socket.gethostname()} sees other frames of toy"):
        frames_of(replace(recipe, key=""))


def test_a_worker_of_another_release(recipe):
    with pytest.raises(RunFailed, match=f"on {socket.gethostname()} has downbench .*, the client has 0"):
        frames_of(replace(recipe, release="0"))


def test_a_worker_that_lacks_a_plugin(recipe):
    with pytest.raises(RunFailed, match=f"on {socket.gethostname()}: .*nothing-such"):
        frames_of(replace(recipe, dataset="toy:nothing-such"))
    gone = replace(recipe.plugins, files=("/nowhere/gone.py",))
    with pytest.raises(RunFailed, match=f"on {socket.gethostname()}: .*gone.py"):
        frames_of(replace(recipe, plugins=gone))


def test_a_worker_that_sees_another_plugin_file(recipe):
    changed = replace(recipe.plugins, digests=("0" * 64,))
    with pytest.raises(RunFailed, match=rf"on {socket.gethostname()} sees another \S+toy.py than the client"):
        frames_of(replace(recipe, plugins=changed))


def test_a_worker_that_has_another_version_of_a_metric(recipe):
    versions = make_metrics(["crps"]).versions()
    assert list(metrics_of(tuple(versions.items()), recipe.plugins)) == ["crps"]
    (name,) = versions
    with pytest.raises(RunFailed, match=f"has {name} {versions[name]}, the client has 0.0.1/7"):
        metrics_of(((name, "0.0.1/7"),), recipe.plugins)


def test_a_full_disk_and_memory_that_ran_out_say_where():
    here = socket.gethostname()
    with pytest.raises(RunFailed, match=f"on {here}: the disk is full .*chunk"), telling_where():
        raise OSError(errno.ENOSPC, "No space left on device", "chunk")
    with pytest.raises(MemoryError, match=f"on {here} 3 GiB"), telling_where():
        raise MemoryError("3 GiB")
