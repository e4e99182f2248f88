"""What workers are sent in place of frames and plug-ins: names, from which each makes its own.

Nothing large and no plug-in's object goes to a worker. It resolves plug-ins again, opens the data itself and
says by name and host what it lacks.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from downbench.errors import DownbenchError, RunFailed, disk_problem
from downbench.pipeline.cluster.versions import SAME, release
from downbench.pipeline.named_datasets import full_name_of, make_dataset
from downbench.plugins.session import Options, configure_as, options, registry
from downbench.scoring.frames import Frames, open_frames
from downbench.scoring.regions import UserRegion


@dataclass(frozen=True)
class FramesRecipe:
    """Names from which a worker makes the frames of a run; plain and hashable."""

    release: str
    plugins: Options
    dataset: str
    root: str | None
    configuration: str
    limit: int | None
    regions: tuple[UserRegion, ...]
    key: str


def recipe_of_frames(frames: Frames) -> FramesRecipe:
    """What a worker needs to know of frames."""
    dataset = frames.dataset
    return FramesRecipe(
        release=release(),
        plugins=options(),
        dataset=full_name_of(dataset),
        root=None if dataset.root is None else str(dataset.root.resolve()),
        configuration=json.dumps(dataset.config.model_dump(mode="json", exclude_unset=True), sort_keys=True),
        limit=frames.limit,
        regions=frames.regions,
        key=frames.key,
    )


@lru_cache(maxsize=4)
def frames_of(recipe: FramesRecipe) -> Frames:
    """Resolve the names of a recipe in this process.

    Raises:
        RunFailed: this worker has another release, lacks a plug-in or the data, or sees other data.
    """
    be_the_same(recipe.release, recipe.plugins)
    root = None if recipe.root is None else Path(recipe.root)
    try:
        entry = registry().find("dataset", recipe.dataset)
        frames = open_frames(
            make_dataset(entry, json.loads(recipe.configuration), root), recipe.limit, recipe.regions
        )
    except DownbenchError as error:
        raise lacking(error) from error
    if frames.key != recipe.key:
        raise RunFailed(
            f"{this_worker()} sees other frames of {frames.dataset.label} than the client",
            f"all machines need the same data at {recipe.root}" if recipe.root else "",
        )
    return frames


def be_the_same(wanted: str, plugins: Options) -> None:
    """Make this process a worker of a client of such a release, with the same plug-ins.

    Raises:
        RunFailed: this worker has another release, lacks a plug-in, or sees another file of one.
    """
    if wanted != release():
        raise RunFailed(f"{this_worker()} has {release()}, the client has {wanted}", SAME)
    try:
        configure_as(plugins)
    except DownbenchError as error:
        raise lacking(error) from error
    for file, theirs, ours in zip(plugins.files, plugins.digests, options().digests, strict=True):
        if ours and theirs != ours:
            raise RunFailed(
                f"{this_worker()} sees another {file} than the client",
                "all machines need the same plug-in files",
            )


def lacking(error: DownbenchError) -> RunFailed:
    """What is wrong on this worker, with its name and host."""
    return RunFailed(
        f"{this_worker()}: {error.message}", error.hint or "all machines need what the client has"
    )


def this_worker() -> str:
    """Name and host of the worker that this process is, for messages."""
    from distributed import get_worker

    try:
        worker = get_worker()
    except ValueError:
        return f"this process on {socket.gethostname()}"
    return f"worker {worker.name} on {socket.gethostname()}"


@contextmanager
def telling_where() -> Iterator[None]:
    """Have a disk that is full, and memory that runs out, say on which worker that is.

    Raises:
        RunFailed: the disk cannot be written or read.
        MemoryError: memory ran out.
    """
    try:
        yield
    except MemoryError as error:
        raise MemoryError(f"{this_worker()} {error}".strip()) from error
    except OSError as error:
        if text := disk_problem(error):
            raise RunFailed(f"{this_worker()}: {text}", "what is finished is kept") from error
        raise
