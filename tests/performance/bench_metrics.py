"""What each built-in metric costs: CPU time of its statistics and values, and megabytes that it stores.

    python tests/performance/bench_metrics.py [frames [size [members [tiles]]]]

By turns in one process, least of three, each metric on chunks of its own: statistics that several metrics
share count in each. The last rows are the standard set in one pass, and the same without the metrics that are
named in ``NEWEST``, side by side.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

sys.path.insert(0, str(Path(__file__).parent))
from bench_standard_set import DAY, STEP, fields, standard_metrics

from downbench.contracts.metric import Metric
from downbench.scoring.chunk import TileChunk
from downbench.scoring.engine import Accumulator
from downbench.scoring.grid import make_grid
from downbench.scoring.inference.values import work_out

ROUNDS = 3
NEWEST = (
    *("crps-reliability", "crps-resolution", "crps-uncertainty", "roc", "fss-ensemble", "qq", "contribution"),
    *("rx1day", "sdii", "cdd", "cwd", "r10mm", "r20mm", "r95p", "change-error", "change-signal"),
)


def main(frames: int = 24, size: int = 96, members: int = 8, tiles: int = 6) -> None:
    """Print a table."""
    data = [fields(frames, size, members) for _ in range(tiles)]
    grid = make_grid(xr.Dataset(), {}, np.ones((tiles, size // 8, size // 8), bool), 8, DAY, STEP, DAY)
    times = np.datetime64("2020-01-01T00:00:00") + np.arange(frames) * STEP

    def cost(metrics: Mapping[str, Metric]) -> tuple[float, float, float]:
        accumulator = Accumulator(metrics, grid, [("s", times)], members)
        chunks = [
            TileChunk(truth, ensemble, times, "s", tile, grid, coarse=coarse)
            for tile, (truth, ensemble, coarse) in enumerate(data)
        ]
        start = time.process_time()
        for chunk in chunks:
            accumulator.add(chunk)
        added, statistics = time.process_time(), accumulator.statistics()
        work_out(statistics, metrics, True)
        stop = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            statistics.save(Path(folder) / "statistics.zarr")
            stored = sum(f.stat().st_size for f in Path(folder).rglob("*") if f.is_file())
        return 1e3 * (added - start), 1e3 * (stop - added), stored / 1e6

    whole = standard_metrics()
    sets = {name: {name: metric} for name, metric in whole.items()}
    sets["without the newest"] = {name: metric for name, metric in whole.items() if name not in NEWEST}
    sets["the standard set"] = whole
    cost(whole)  # compiles
    best = {name: np.full(3, np.inf) for name in sets}
    for _ in range(ROUNDS):
        for name, metrics in sets.items():
            best[name] = np.minimum(best[name], cost(metrics))
    print(f"{tiles} tiles of ({frames}, {size}, {size}), {members} members")
    print(f"{'':22s}{'statistics':>12s}{'values':>12s}{'stored':>12s}")
    for name, (added, valued, stored) in best.items():
        print(f"{name:22s}{added:9.0f} ms{valued:9.1f} ms{stored:9.2f} MB")


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
