"""Fractions skill score of single members, by threshold and scale."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value
from downbench_metrics.shared.thresholds import THRESHOLDS, label
from downbench_metrics.texture.fractions import SCALES, fractions, scale_label


class FSS(Metric):
    """At which scale events are in the right place."""

    name = "fss"
    unit = "1"
    direction = "higher"
    range = (0.0, 1.0)
    regional = False
    headline = f"{label(1.0)}, 9 cells"
    version = 2
    definition = (
        "1 - sum (P - O)2 / (sum P2 + sum O2), with O and P the shares of the valid cells above the "
        "threshold in the square neighbourhood of a cell, in the truth and in a member; sums by area over "
        "valid cells and times, then the mean over members. Neighbourhoods end at the edge of the tile; one "
        "with fewer valid than missing cells is left out"
    )
    reference = "Roberts and Lean (2008), doi:10.1175/2007MWR2123.1"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of squares of fractions and of their errors."""
        return {"sums": fractions(chunk)}

    def value(self, totals: Totals) -> Value:
        """Score at each threshold and scale."""
        return by_scale(totals["sums"], members=slice(0, -1))

    def curve(self, totals: Totals) -> Curve:
        """Score against scale, for each threshold."""
        return scale_curve(totals["sums"], members=slice(0, -1))


class EnsembleFSS(Metric):
    """At which scale the probabilities of events are right."""

    name = "fss-ensemble"
    unit = "1"
    direction = "higher"
    range = (0.0, 1.0)
    regional = False
    fair = False
    headline = f"{label(1.0)}, 9 cells"
    definition = (
        "1 - sum (P - O)2 / (sum P2 + sum O2), as in fss, with P the mean over members of the shares of "
        "cells above the threshold: the neighbourhood probability. Sums by area over valid cells and times. "
        "Of one member it is the fss"
    )
    reference = (
        "Schwartz et al. (2010), doi:10.1175/2009WAF2222267.1; Duc et al. (2013), "
        "doi:10.3402/tellusa.v65i0.18171"
    )

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of squares of fractions and of their errors."""
        return {"sums": fractions(chunk)}

    def value(self, totals: Totals) -> Value:
        """Score at each threshold and scale."""
        return by_scale(totals["sums"], members=slice(-1, None))

    def curve(self, totals: Totals) -> Curve:
        """Score against scale, for each threshold."""
        return scale_curve(totals["sums"], members=slice(-1, None))


def by_scale(sums: NDArray[np.float64], members: slice) -> dict[str, float | Null]:
    """Score at each threshold and scale, mean over some ``members`` of the sums (see :func:`fractions`)."""
    values: dict[str, float | Null] = {}
    for limit, row in zip(THRESHOLDS, sums, strict=True):
        for scale, own in zip(SCALES, row, strict=True):
            name = f"{label(limit)}, {scale_label(scale)}"
            values[name] = Null("the truth never exceeds it")
            if row[0, 0] > 0:
                values[name] = Null(
                    f"no neighbourhood of {scale} cells with the truth above it is half valid"
                )
            if own[0] > 0:
                values[name] = float(_scores(own)[members].mean())
    return values


def scale_curve(sums: NDArray[np.float64], members: slice) -> Curve:
    """Score against scale, for each threshold."""
    with np.errstate(invalid="ignore", divide="ignore"):
        score = _scores(sums)[..., members].mean(axis=-1)
    series = {label(limit): each for limit, each in zip(THRESHOLDS, score, strict=True)}
    return Curve(np.array(SCALES, np.float64), series, "scale [cells]", "FSS", log_x=True)


def _scores(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores (..., m + 1) of sums (..., 1 + 2 (m + 1)); below zero by rounding only."""
    return np.maximum(1 - sums[..., 1::2] / (sums[..., 2::2] + sums[..., :1]), 0)
