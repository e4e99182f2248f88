"""Correlations from sums over pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def correlation(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pearson correlation (...) from sums (..., 6) of w, wa, wb, wa2, wb2, wab.

    NaN where there are no pairs or one side is constant.
    """
    w, a, b, aa, bb, ab = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance_a, variance_b = aa / w - (a / w) ** 2, bb / w - (b / w) ** 2
        r = (ab / w - a * b / w**2) / np.sqrt(variance_a * variance_b)
        constant = (variance_a <= 1e-12 * aa / w) | (variance_b <= 1e-12 * bb / w)
    return np.where(constant | (w <= 0), np.nan, r)
