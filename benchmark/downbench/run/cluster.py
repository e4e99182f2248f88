"""Scoring on a cluster of dask.distributed: chunks as tasks, statistics back.

Workers get names, resolve plug-ins again and read truth and predictions themselves, so nothing large and no
plug-in's object is sent to them. Each task adds up a stretch of chunks (all tiles of it) and sends the rows
of statistics that it touched; the client adds these as they come, and no more tasks are under way than keep
the workers busy. So memory is bounded on both sides, whatever the length of the record. A task whose worker
dies is done again by another one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from downbench.contracts.metric import Metric
from downbench.errors import DownbenchError, RunFailed, UserError
from downbench.plugins.session import Options, configure_as, options, registry
from downbench.run.named_objects import full_name_of, make_dataset, make_metric
from downbench.run.scoring_plan import ScoringPlan
from downbench.scoring.engine import Accumulator, Part
from downbench.scoring.frames import Frames, open_frames
from downbench.scoring.reading import ChunkTask, accumulate, new_accumulator
from downbench.scoring.regions import UserRegion
from downbench.version import __version__

CONNECT_SECONDS = 10
TASKS_PER_THREAD = 4  # so that a slow worker holds nobody up
UNDER_WAY = 2  # tasks per thread that wait or run
MOST_CHUNKS = 64  # in one task

_opening = Lock()


@dataclass(frozen=True)
class Recipe:
    """Names from which a worker makes the frames and metrics of a run; plain and hashable."""

    version: str
    plugins: Options
    dataset: str
    root: str | None
    configuration: str
    limit: int | None
    regions: tuple[UserRegion, ...]
    frames_key: str
    metrics: tuple[str, ...]
    members: int
    predictions: str


def recipe_of(plan: ScoringPlan) -> Recipe:
    """What a worker needs to know of what is scored."""
    dataset = plan.frames.dataset
    return Recipe(
        version=__version__,
        plugins=options(),
        dataset=full_name_of(dataset),
        root=None if dataset.root is None else str(dataset.root.resolve()),
        configuration=json.dumps(dataset.config.model_dump(mode="json", exclude_unset=True), sort_keys=True),
        limit=plan.frames.limit,
        regions=plan.frames.regions,
        frames_key=plan.frames.key,
        metrics=tuple(entry.full_name for entry in plan.metrics.entries.values()),
        members=plan.members,
        predictions=str(plan.predictions.resolve()),
    )


@lru_cache(maxsize=4)
def _open(recipe: Recipe) -> tuple[Frames, dict[str, Metric]]:
    """Resolve the names of a recipe in this process.

    Raises:
        RunFailed: this worker has another release, or sees other data.
    """
    if recipe.version != __version__:
        raise RunFailed(f"a worker has downbench {__version__}, the client has {recipe.version}")
    configure_as(recipe.plugins)
    settings = json.loads(recipe.configuration)
    root = None if recipe.root is None else Path(recipe.root)
    dataset = make_dataset(registry().find("dataset", recipe.dataset), settings, root)
    frames = open_frames(dataset, recipe.limit, recipe.regions)
    if frames.key != recipe.frames_key:
        raise RunFailed(
            f"a worker sees other frames of {dataset.label} than the client",
            f"all machines need the same data at {recipe.root}" if recipe.root else "",
        )
    found = {name: registry().find("metric", name) for name in recipe.metrics}
    return frames, {entry.info.name: make_metric(entry) for entry in found.values()}


def score_part(recipe: Recipe, tasks: tuple[ChunkTask, ...]) -> Part:
    """On a worker: statistics of some chunks."""
    import dask

    with dask.config.set(scheduler="synchronous"):  # a lazy field is not work for the cluster itself
        with _opening:
            frames, metrics = _open(recipe)
        accumulator = new_accumulator(frames, metrics, recipe.members)
        return accumulate(frames, Path(recipe.predictions), tasks, accumulator).part()


def check_engine(engine: str, scheduler: str | None) -> None:
    """Refuse an engine that is not known, and an engine and an address that do not go together.

    Raises:
        UserError: says which.
    """
    if engine not in ("local", "dask"):
        raise UserError(f"there is no engine {engine!r}", "there are: local, dask")
    if (engine == "dask") != (scheduler is not None):
        raise UserError(
            "--engine dask and --scheduler ADDRESS go together",
            "start a scheduler with `dask scheduler`; it prints its address, as tcp://host:8786",
        )


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a scheduler that has workers; yields its client.

    Raises:
        UserError: distributed is not installed, or nobody answers, or there is no worker.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UserError(
            "--engine dask needs the package distributed", "pip install 'downbench[dask]'"
        ) from None
    try:
        # Not the default client: lazy fields that this process reads stay in this process.
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"no dask scheduler answers at {address} ({type(error).__name__})",
            "start one with `dask scheduler`, and `dask worker ADDRESS` on each machine",
        ) from None
    try:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise UserError(
                f"the dask scheduler at {address} has no workers", f"start some with `dask worker {address}`"
            ) from None
        yield client
    finally:
        client.close()


def accumulate_on_cluster(
    address: str,
    recipe: Recipe,
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
