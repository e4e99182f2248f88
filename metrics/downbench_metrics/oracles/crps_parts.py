"""What the CRPS is made of, along an independent path: properscoring and plain numpy, rank by rank."""

from __future__ import annotations

import numpy as np

from downbench import Subset


def crps_uncertainty(subset: Subset) -> dict[str, float]:
    """Area below F (1 - F), F the distribution function of all true values."""
    y, _, area = subset.pooled
    order = np.argsort(y)
    f = np.cumsum(area[order]) / area.sum()
    return {"": float((np.diff(y[order]) * (f * (1 - f))[:-1]).sum())}


def uncertainty_scale(subset: Subset) -> float:
    """The uncertainty, from which the resolution is taken away."""
    return crps_uncertainty(subset)[""]


def crps_reliability(subset: Subset) -> dict[str, float]:
    """Hersbach's reliability (2000, equations 24 to 36), rank by rank."""
    return {"": _hersbach(subset)[0]} if len(subset.members) > 1 else {}


def crps_resolution(subset: Subset) -> dict[str, float]:
    """Uncertainty less the plain CRPS of properscoring plus the reliability."""
    if len(subset.members) == 1:
        return {}
    import properscoring

    y, x, area = subset.pooled
    plain = float(np.average(properscoring.crps_ensemble(y, x.T), weights=area))
    return {"": crps_uncertainty(subset)[""] - plain + _hersbach(subset)[0]}


def _hersbach(subset: Subset) -> tuple[float, float]:
    """Reliability, and the CRPS that calibration could reach."""
    y, x, area = subset.pooled
    m, ranked, weights = len(x), np.sort(x, axis=0), area / area.sum()
    reliability = potential = 0.0
    for i in range(m + 1):
        if i == 0:
            alpha, beta = np.zeros(len(y)), np.maximum(ranked[0] - y, 0)
            o = float((weights * (y < ranked[0])).sum())
            g = float((weights * beta).sum()) / o if o else 0.0
        elif i == m:
            alpha, beta = np.maximum(y - ranked[-1], 0), np.zeros(len(y))
            o = 1 - float((weights * (y > ranked[-1])).sum())
            g = float((weights * alpha).sum()) / (1 - o) if o < 1 else 0.0
        else:
            low, high = ranked[i - 1], ranked[i]
            alpha, beta = np.clip(y, low, high) - low, high - np.clip(y, low, high)
            g = float((weights * (alpha + beta)).sum())
            o = float((weights * beta).sum()) / g if g else 0.0
        reliability += g * (o - i / m) ** 2
        potential += g * o * (1 - o)
    return reliability, potential
