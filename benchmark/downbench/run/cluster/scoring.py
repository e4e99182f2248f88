"""Scoring on a cluster of dask.distributed: chunks as tasks, statistics back.

Workers get names, resolve plug-ins again and read truth and predictions themselves, so nothing large and no
plug-in's object is sent to them. Each task adds up a stretch of chunks (all tiles of it) and sends the rows
of statistics that it touched; the client adds these as they come, and no more tasks are under way than keep
the workers busy. So memory is bounded on both sides, whatever the length of the record. A task whose worker
dies is done again by another one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from downbench.contracts.metric import Metric
from downbench.errors import DownbenchError, RunFailed
from downbench.plugins.session import registry
from downbench.run.cluster.connection import connected
from downbench.run.cluster.recipe import FramesRecipe, frames_of, lacking, recipe_of_frames
from downbench.run.named_objects import make_metric
from downbench.run.scoring_plan import ScoringPlan
from downbench.scoring.engine import Accumulator, Part
from downbench.scoring.reading import ChunkTask, accumulate, new_accumulator

TASKS_PER_THREAD = 4  # so that a slow worker holds nobody up
UNDER_WAY = 2  # tasks per thread that wait or run
MOST_CHUNKS = 64  # in one task

_opening = Lock()


@dataclass(frozen=True)
class ScoringRecipe:
    """Names from which a worker makes what it scores; plain and hashable."""

    frames: FramesRecipe
    metrics: tuple[str, ...]
    members: int
    predictions: str


def recipe_of(plan: ScoringPlan) -> ScoringRecipe:
    """What a worker needs to know of what is scored."""
    return ScoringRecipe(
        frames=recipe_of_frames(plan.frames),
        metrics=tuple(entry.full_name for entry in plan.metrics.entries.values()),
        members=plan.members,
        predictions=str(plan.predictions.resolve()),
    )


@lru_cache(maxsize=4)
def metrics_of(names: tuple[str, ...]) -> dict[str, Metric]:
    """Metrics by their full names, of a worker that has the client's plug-ins.

    Raises:
        RunFailed: this worker lacks one.
    """
    try:
        entries = [registry().find("metric", name) for name in names]
        return {entry.info.name: make_metric(entry) for entry in entries}
    except DownbenchError as error:
        raise lacking(error) from error


def score_part(recipe: ScoringRecipe, tasks: tuple[ChunkTask, ...]) -> Part:
    """On a worker: statistics of some chunks."""
    import dask

    with dask.config.set(scheduler="synchronous"):  # a lazy field is not work for the cluster itself
        with _opening:
            frames, metrics = frames_of(recipe.frames), metrics_of(recipe.metrics)
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
    with connected(address) as client:
        from distributed import as_completed

        threads = sum(client.nthreads().values())
        size = min(max(1, len(tasks) // (TASKS_PER_THREAD * threads)), MOST_CHUNKS)
        left = [tuple(tasks[i : i + size]) for i in range(0, len(tasks), size)][::-1]
        batches: dict[str, tuple[ChunkTask, ...]] = {}
        completed = as_completed(loop=client.loop, with_results=True)

        def submit() -> None:
            batch = left.pop()
            future = client.submit(score_part, recipe, batch, pure=False)
            batches[future.key] = batch
            completed.add(future)

        try:
            for _ in range(min(len(left), UNDER_WAY * threads)):
                submit()
            for future, part in completed:
                if left:
                    submit()
                accumulator.add_part(part)
                for task in batches.pop(future.key):
                    advance(task)
        except DownbenchError:
            raise
        except Exception as error:
            raise RunFailed(f"scoring on {address} failed: {type(error).__name__}: {error}") from error
    return accumulator
