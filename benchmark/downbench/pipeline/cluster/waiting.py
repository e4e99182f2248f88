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
    """The futures of an ``as_completed``, to which more may be added; it says if there is no worker.

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
            if not told and not _has_workers(client):
                told = True
                warnings.warn(
                    f"the dask scheduler at {address} has no workers any more; the work waits for new ones, "
                    "and what is finished is kept",
                    DownbenchWarning,
                    stacklevel=3,
                )
        else:
            time.sleep(LOOK)


def _has_workers(client: Any) -> bool:
    with suppress(Exception):  # a scheduler that goes away is told of by its futures
        return bool(client.nthreads())
    return True
