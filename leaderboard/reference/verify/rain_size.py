"""How much it rains in what was scored: what rounding is a share of."""

from __future__ import annotations

import numpy as np

from downbench.findings.stored_run import StoredRun
from downbench.scoring.grid import ALL
from downbench.scoring.inference.values import totals
from downbench.scoring.kernels.histogram import MASS, WEIGHT

TRUTH = "truth"  # the histogram of true rain, which metrics of distributions keep


def size_of_rain(run: StoredRun) -> float:
    """Root mean square of the true rain of a run [mm/h], from its histogram; zero where no metric keeps one.

    Values of a bin are taken for its mean, which makes the result too small by less than 2^-14 of it.
    """
    statistics = run.statistics
    for metric, keys in statistics.keys.items():
        if TRUTH not in keys:
            continue
        histogram = totals(statistics, metric, ALL, None, run.probabilistic)[TRUTH]
        if histogram.ndim != 2:
            continue
        weight, mass = histogram[WEIGHT], histogram[MASS]
        filled = weight > 0
        return float(np.sqrt((mass[filled] ** 2 / weight[filled]).sum() / weight.sum()))
    return 0.0
