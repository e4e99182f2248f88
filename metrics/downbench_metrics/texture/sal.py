"""Structure, amplitude and location of rain objects (SAL)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from downbench import Chunk, Metric, Null, Statistic, Totals, Value
from downbench_metrics.shared.thresholds import WET

_PARTS = ("structure", "amplitude", "location")


class SAL(Metric):
    """Objects of rain: too large or peaked, too wet, or in the wrong place."""

    name = "sal"
    unit = "1"
    range = (-2.0, 2.0)
    regional = False
    headline = "structure"
    definition = (
        "SAL of each member, tile and time, then averaged: structure and amplitude absolute and signed, "
        "location 0 to 2. Objects are connected cells (edge to edge) above 1/15 of the 95th percentile of "
        "the cells above 0.1 mm/h, in each field its own; distances over the diagonal of the tile. Masked "
        "cells are left out of truth and members alike; times at which either has no wet cell are not "
        "counted"
    )
    reference = "Wernli et al. (2008), doi:10.1175/2008MWR2415.1; (2009), doi:10.1175/2009WAF2222271.1"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of |S|, |A|, L, S, A and their number, per step (time, 1, 6)."""
        sums = np.zeros((len(chunk.times), 1, 6))
        for t in range(len(chunk.times)):
            truth = describe(np.where(chunk.mask[t], chunk.truth[t], 0))
            if truth is None:
                continue
            for member in chunk.members[:, t]:
                sampled = describe(np.where(chunk.mask[t], member, 0))
                if sampled is not None:
                    s, a, location = compare(sampled, truth, float(np.hypot(*chunk.mask.shape[1:])))
                    sums[t, 0] += (abs(s), abs(a), location, s, a, 1)
        return {"sums": Statistic(sums, "step")}

    def value(self, totals: Totals) -> Value:
        """Mean structure, amplitude and location."""
        names = (*_PARTS, "structure signed", "amplitude signed")
        sums = totals["sums"]
        if sums[-1] <= 0:
            return dict.fromkeys(names, Null("truth and ensemble are never wet at the same time"))
        return {name: float(value / sums[-1]) for name, value in zip(names, sums, strict=False)}


class Objects(NamedTuple):
    """What SAL needs to know of a field: total, centre, scaled volume and scatter of its objects."""

    total: float
    centre: NDArray[np.float64]
    volume: float
    scatter: float


def describe(rain: NDArray[np.floating]) -> Objects | None:
    """Objects of a field (y, x) [mm/h] without gaps; None where nothing is wet."""
    rain = rain.astype(np.float64)
    wet = rain[rain > WET]
    if not wet.size:
        return None
    labels, count = ndimage.label(rain > np.quantile(wet, 0.95) / 15)
    labels = labels.ravel()
    y, x = np.indices(rain.shape).reshape(2, -1)
    flat = rain.ravel()

    def per_object(values: NDArray) -> NDArray[np.float64]:
        return np.bincount(labels, values, count + 1)[1:].astype(np.float64)

    mass = per_object(flat)
    peak = np.zeros(count + 1)
    np.maximum.at(peak, labels, flat)
    centre = np.array([(y * flat).sum(), (x * flat).sum()]) / flat.sum()
    away = np.hypot(per_object(y * flat) / mass - centre[0], per_object(x * flat) / mass - centre[1])
    return Objects(
        float(flat.sum()),
        centre,
        float((mass**2 / peak[1:]).sum() / mass.sum()),
        float((mass * away).sum() / mass.sum()),
    )


def compare(sampled: Objects, truth: Objects, diagonal: float) -> tuple[float, float, float]:
    """Structure, amplitude and location of a field against the truth."""
    structure = 2 * (sampled.volume - truth.volume) / (sampled.volume + truth.volume)
    amplitude = 2 * (sampled.total - truth.total) / (sampled.total + truth.total)
    apart = float(np.hypot(*(sampled.centre - truth.centre)))
    return structure, amplitude, (apart + 2 * abs(sampled.scatter - truth.scatter)) / diagonal
