"""Scoring on a cluster of dask.distributed: chunks as tasks, statistics back.

Workers get names, resolve plug-ins again and read truth and predictions themselves, so nothing large and no
plug-in's object is sent to them. Each task adds up a stretch of chunks (all tiles of it) and sends the rows
of statistics that it touched; the client adds these as they come. So memory is bounded on both sides,
whatever the length of the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from downbench.contracts.metric import Metric
from downbench.errors import DownbenchError, RunFailed
from downbench.pipeline.cluster.recipe import (
    FramesRecipe,
    frames_of,
    lacking,
    recipe_of_frames,
    this_worker,
)
from downbench.pipeline.cluster.tasks import work_on_cluster
from downbench.pipeline.cluster.versions import SAME
from downbench.pipeline.metric_set import MetricSet, make_metric
from downbench.pipeline.scoring_plan import ScoringPlan
from downbench.plugins.session import Options, configure_as, registry
from downbench.scoring.engine import Accumulator, Part
from downbench.scoring.reading import ChunkTask, accumulate, new_accumulator

MOST_CHUNKS = 64  # in one task

Versions = tuple[tuple[str, str], ...]  # of metrics, by their full names

_opening = Lock()


@dataclass(frozen=True)
class ScoringRecipe:
    """Names from which a worker makes what it scores; plain and hashable."""

    frames: FramesRecipe
    metrics: Versions
    members: int
    predictions: str


def recipe_of(plan: ScoringPlan) -> ScoringRecipe:
    """What a worker needs to know of what is scored."""
    return ScoringRecipe(
        frames=recipe_of_frames(plan.frames),
        metrics=tuple(plan.metrics.versions().items()),
        members=plan.members,
        predictions=str(plan.predictions.resolve()),
    )


@lru_cache(maxsize=4)
def metrics_of(metrics: Versions, plugins: Options) -> dict[str, Metric]:
    """Metrics by their full names, of a worker that has such plug-ins.

    Raises:
        RunFailed: this worker lacks one, or has another version of it.
    """
    try:
        configure_as(plugins)
        entries = [registry().find("metric", name) for name, _ in metrics]
        found = MetricSet({e.info.name: e for e in entries}, {e.info.name: make_metric(e) for e in entries})
    except DownbenchError as error:
        raise lacking(error) from error
    for name, version in metrics:
        if (ours := found.versions()[name]) != version:
            raise RunFailed(f"{this_worker()} has {name} {ours}, the client has {version}", SAME)
    return dict(found.metrics)


def score_part(recipe: ScoringRecipe, tasks: tuple[ChunkTask, ...]) -> Part:
    """On a worker: statistics of some chunks."""
    import dask

    with dask.config.set(scheduler="synchronous"):  # a lazy field is not work for the cluster itself
        with _opening:
            frames, metrics = frames_of(recipe.frames), metrics_of(recipe.metrics, recipe.frames.plugins)
        accumulator = new_accumulator(frames, metrics, recipe.members)
        return accumulate(frames, Path(recipe.predictions), tasks, accumulator).part()


def accumulate_on_cluster(
    address: str,
    recipe: ScoringRecipe,
    tasks: list[ChunkTask],
    accumulator: Accumulator,
    advance: Callable[[ChunkTask], None] = lambda task: None,
) -> Accumulator:
    """As :func:`downbench.scoring.reading.accumulate`, on the workers of a scheduler.

    Raises:
        RunFailed: workers died again and again, or the scheduler went away.
    """

    def cut(pieces: int) -> list[tuple[ChunkTask, ...]]:
        size = min(max(1, len(tasks) // pieces), MOST_CHUNKS)
        return [tuple(tasks[i : i + size]) for i in range(0, len(tasks), size)]

    def done(batch: tuple[ChunkTask, ...], part: Part) -> None:
        accumulator.add_part(part)
        for task in batch:
            advance(task)

    work_on_cluster(address, score_part, recipe, cut, done, halves_of)
    return accumulator


def halves_of(batch: tuple[ChunkTask, ...]) -> tuple[tuple[ChunkTask, ...], ...]:
    """Chunks in two parts, or one chunk cut in two."""
    if len(batch) > 1:
        return batch[: len(batch) // 2], batch[len(batch) // 2 :]
    (one,) = batch
    middle = (one.start + one.stop) // 2
    if middle == one.start:
        return ()
    return (one._replace(stop=middle),), (one._replace(start=middle),)
