"""Waiting for tasks of a cluster, which has no workers for a while when all of them died or ended."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from downbench.errors import DownbenchWarning

LOOK = 0.1  # seconds between two looks at what has ended
ASK = 30.0  # seconds without news, after which the scheduler is asked for its workers


def as_they_end(completed: Any, client: Any, address: str) -> Iterator[Any]:
    """The futures of an ``as_completed``, to which more may be added; it says if no worker takes any.

    Args:
        completed: of the client's futures.
        client: of the scheduler.
        address: of the scheduler, for the message.
    """
    heard, told = time.monotonic(), False
    while not completed.is_empty():
        if completed.has_ready():
            future = next(completed)
            heard, told = time.monotonic(), False
            if future.status in ("pending", "lost"):  # its worker died, and it is worked out again
                completed.add(future)
            else:
                yield future
        elif time.monotonic() - heard > ASK:
            heard = time.monotonic()
            if not told and (why := why_nothing_happens(client)):
                told = True
                warnings.warn(
                    f"the dask scheduler at {address} {why}, and what is finished is kept",
                    DownbenchWarning,
                    stacklevel=3,
                )
        else:
            time.sleep(LOOK)


def why_nothing_happens(client: Any) -> str:
    """Why no worker does anything, as the end of a sentence; empty where one may."""
    with suppress(Exception):  # a scheduler that goes away is told of by its futures
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        if not workers:
            return "has no workers any more; the work waits for new ones"
        if all(map(_is_paused, workers)):
            return (
                "has paused all its workers, since their memory is nearly full; the work waits until it is "
                "not, or for workers with more memory or fewer threads"
            )
    return ""


def _is_paused(worker: Any) -> bool:
    """Whether dask gives a worker no tasks for want of memory, and it has none in hand either."""
    counts = worker["metrics"].get("task_counts", worker["metrics"])
    return worker["status"] == "paused" and not counts.get("executing", 0)
