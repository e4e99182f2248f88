"""How often nominal 95 % intervals of a mean hold it, on days that remember and are skewed.

    python tests/performance/bench_coverage.py [trials]

Series of first order (AR(1)) whose daily values correlate at 0, 0.3, 0.45 and 0.6, of normal and of strongly
skewed steps (gamma of shape 0.5). The block is the one that the rule chooses, three e-folding times, besides
the five days of the stand-in. "plain" is the moving-block bootstrap with the correction for few blocks alone.
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.signal import lfilter

from downbench.scoring.inference.bootstrap import resample_bins
from downbench.scoring.inference.intervals import bias_corrected
from downbench.scoring.inference.persistence import block_bins

DAYS = (200, 400, 950)  # test splits of 1,000 days, of 2,000, and of 13 years


def series(rng: np.random.Generator, shape: tuple[int, ...], correlation: float, skewed: bool) -> np.ndarray:
    """AR(1) with mean zero (..., day)."""
    steps = rng.gamma(0.5, 1, shape) - 0.5 if skewed else rng.standard_normal(shape)
    return lfilter([1], [1, -correlation], steps, axis=-1)[..., 100:]


def coverage(days: int, block: int, correlation: float, skewed: bool, trials: int) -> tuple[float, float]:
    """Shares of intervals that hold zero: plain, and as the suite has them."""
    times = resample_bins(np.zeros(days, np.int64), block, 400, seed=1).astype(float)
    weights = times / times.sum(axis=1, keepdims=True)
    held = np.zeros(2)
    for one in series(np.random.default_rng(2), (trials, days + 100), correlation, skewed):
        value, drawn = float(one.mean()), weights @ one
        for i, length in enumerate((1, block)):
            low, high = bias_corrected(value, drawn, blocks=days // block, block=length)
            held[i] += low <= 0 <= high
    plain, own = held / trials
    return float(plain), float(own)


def main(trials: int = 2000) -> None:
    """Print a table."""
    print("| days | correlation | block | steps | plain | downbench |\n| --- | --- | --- | --- | --- | --- |")
    for correlation in (0.0, 0.3, 0.45, 0.6):
        rule = block_bins(series(np.random.default_rng(3), (100_100,), correlation, False))
        for days in DAYS:
            for block in sorted({rule, 5}):
                for skewed in (False, True):
                    plain, own = coverage(days, block, correlation, skewed, trials)
                    kind = "skewed" if skewed else "normal"
                    print(
                        f"| {days} | {correlation} | {block} | {kind} | {plain:.1%} | {own:.1%} |", flush=True
                    )


if __name__ == "__main__":
    main(*(int(text) for text in sys.argv[1:]))
