"""Calibration of samples on validation: the residual's quantiles are mapped onto those observed.

A small model after minutes of training spreads too much or too little. ``mean-noise`` takes its quantiles
from validation; treated the same, OF-Diff's samples have the same marginal distribution given the mean, and
what they score better is what diffusion knows beyond the mean. The published model has no such step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from downbench import Config
from downbench_methods.residual_quantiles import BINS, ResidualQuantiles, halves

Array = NDArray[np.float32]


class Calibration(Config):
    """A monotone map of residuals about the deterministic prediction; it keeps ranks and structure.

    Args:
        observed: quantiles of truth minus prediction; sampled: of samples minus prediction.
    """

    observed: ResidualQuantiles
    sampled: ResidualQuantiles

    @classmethod
    def fit(cls, prediction: Array, samples: Array, truth: Array, bins: int) -> Self:
        """Tabulate residuals of samples (members, n) and truth (n,) about predictions (n,)."""
        return cls(
            observed=ResidualQuantiles.fit(prediction, truth - prediction, bins),
            sampled=ResidualQuantiles.fit(prediction, samples - prediction, bins),
        )

    def __call__(self, prediction: Array, samples: Array) -> Array:
        """Calibrate transformed samples (members, ...) of predictions (...)."""
        return prediction + self.observed.map_from(self.sampled, prediction, samples - prediction)


def calibrate(
    prediction: Array, samples: Array, truth: Array, score: Callable[[Array, Array], float]
) -> Calibration | None:
    """Fit with the number of bins that scores best in two-fold cross-validation; None if none helps.

    Args:
        prediction: transformed, (n,), in order of time.
        samples: (members, n).
        truth: (n,).
        score: from members (M, n) and truth (n,) to a number; smaller is better.
    """

    def cross_validated(bins: int) -> float:
        total = 0.0
        for fitted, scored in halves(len(prediction)):
            x, mean = samples[:, scored], prediction[scored]
            if bins:
                x = Calibration.fit(prediction[fitted], samples[:, fitted], truth[fitted], bins)(mean, x)
            total += score(x, truth[scored])
        return total

    best = min((0, *BINS), key=cross_validated)
    return Calibration.fit(prediction, samples, truth, best) if best else None
