"""A plug-in file for tests of clusters: a metric that kills one worker, once."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from downbench import Metric, MetricInfo, hookimpl


class Deadly(Metric):
    """Mean of the truth; the first worker that works out a fourth chunk dies over it."""

    chunks = 0

    def statistics(self, chunk):
        """Sum and area, unless this is the chunk to die over."""
        type(self).chunks += 1
        if _on_a_worker() and self.chunks == 4:
            _die_once(Path(os.environ["DEADLY_FLAG"]))
        return {"sum": chunk.sum(chunk.truth), "area": chunk.weight()}

    def value(self, totals):
        """Mean [mm/h]."""
        return float(totals["sum"] / totals["area"])


def _on_a_worker() -> bool:
    from distributed import get_worker

    try:
        get_worker()
    except ValueError:
        return False
    return True


def _die_once(flag: Path) -> None:
    try:
        flag.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


@hookimpl
def downbench_metrics():
    """The metric."""
    return [MetricInfo(name="deadly", target="deadly:Deadly")]
