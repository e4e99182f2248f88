"""What lets a worker of a cluster do one fit at a time, whatever its number of threads."""

from __future__ import annotations

from typing import Any

from distributed import WorkerPlugin

FIT = "downbench-fit"  # a resource; a worker that is started with --resources downbench-fit=0 gets no fit


class OneFit(WorkerPlugin):  # type: ignore[misc]
    """Gives each worker, also one that comes later, room for one fit."""

    name = FIT

    async def setup(self, worker: Any) -> None:
        """Offer the room, unless the worker was started with another number."""
        if FIT not in worker.state.total_resources:
            await worker.set_resources(**{FIT: 1})
