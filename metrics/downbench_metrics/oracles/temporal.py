"""Metrics on sequences along an independent path: scipy, xskillscore and plain numpy, frame by frame."""

from __future__ import annotations

from itertools import product

import numpy as np
import scipy.signal
import scipy.stats
from numpy.typing import NDArray

from downbench import Subset
from downbench_metrics.oracles.distribution import hidden_by_bins
from downbench_metrics.oracles.ensemble import Array
from downbench_metrics.oracles.spatial import Pairs, correlation

WET = 0.1  # mm/h
LONGEST = 16  # frames of a spell, and of a segment of the spectrum in time
BLOCK, REACH = 32, 8  # cells that move as one, and by how much at most
_CHANGES = np.append((2.0 ** np.arange(-10, 10)[:, None] * (1 + np.arange(16) / 16)).ravel(), 1024.0)  # edges
WINDOWS, LEAST_PAIRS = range(2, 9), 10


def lag1(subset: Subset) -> dict[str, float]:
    """Correlation of each cell with itself one frame before: xskillscore's, weighted by area."""
    truth = correlation(_time_pairs(subset, subset.truth))
    members = [correlation(_time_pairs(subset, member)) for member in subset.single_members()]
    if not np.isfinite([truth, *members]).all():
        return {}
    signed = np.array(members) - truth
    return {"absolute": float(np.abs(signed).mean()), "signed": float(signed.mean())}


def _time_pairs(subset: Subset, field: Array) -> Pairs:
    use = subset.valid[:, 1:] & subset.valid[:, :-1]
    return field[:, :-1][use], field[:, 1:][use], subset.weights[:, 1:][use]


def tendency(subset: Subset) -> dict[str, float]:
    """Wasserstein distance of all changes from scipy."""
    (true, area), (sampled, areas) = _changes(subset)
    if not len(area):
        return {}
    return {"": float(scipy.stats.wasserstein_distance(true, sampled, area, areas))}


def tendency_scale(subset: Subset) -> float:
    """Most that the bins of changes can hide of the distance [mm/h]."""
    (true, area), (sampled, areas) = _changes(subset)
    if not len(area):
        return 0.0
    most = max(abs(true).max(), abs(sampled).max(), _CHANGES[-1])
    positive = np.append(_CHANGES, most)

    def bins(values: Array) -> NDArray[np.int64]:
        size = np.searchsorted(_CHANGES, abs(values.astype(np.float32)), "right")  # the engine's differences
        return len(_CHANGES) + np.where(values < 0, -size, size)

    edges = np.concatenate([-positive[::-1], positive])
    return hidden_by_bins(edges, (bins(true), area), (bins(sampled), areas))


def _changes(subset: Subset) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """All changes from frame to frame and their areas, of the truth and of all members."""
    before, after, area = _time_pairs(subset, subset.truth)
    members = [b - a for a, b, _ in (_time_pairs(subset, member) for member in subset.single_members())]
    return (after - before, area), (np.concatenate(members), np.tile(area, len(members)))


def temporal_spectrum(subset: Subset) -> dict[str, float]:
    """Periodograms of scipy over segments of 16 frames, each 8 after the one before."""
    powers, areas = [], []
    fields = np.concatenate([subset.truth[None], subset.members])
    for start in range(0, fields.shape[2] - LONGEST + 1, LONGEST // 2):
        here = slice(start, start + LONGEST)
        use = subset.valid[:, here].all(axis=1)
        if not use.any():
            continue
        series = np.moveaxis(fields[:, :, here], 2, -1)[:, use]
        powers.append(scipy.signal.periodogram(series, window="hann", detrend="constant")[1][..., 1:])
        areas.append(subset.area[use])
    if not areas:
        return {}
    power = np.average(np.concatenate(powers, axis=1), axis=1, weights=np.concatenate(areas))
    if not (power > 0).all():
        return {}
    number = np.arange(1, LONGEST // 2 + 1)
    weight = np.log((number + 0.5) / (number - 0.5))
    square = (10 * np.log10(power[1:] / power[0])) ** 2
    return {"": float(np.sqrt(np.average(square, axis=1, weights=weight)).mean())}


def spells(subset: Subset) -> dict[str, float]:
    """Lengths counted while going through the frames, their distance by scipy."""
    truth = _spell_areas(subset, subset.truth)
    ensemble = np.sum([_spell_areas(subset, member) for member in subset.single_members()], axis=0)
    length, values = np.arange(1, LONGEST + 1) * subset.step_hours, {}
    for name, state in (("wet", 1), ("dry", 0)):
        a, b = truth[state], ensemble[state]
        if a.any() and b.any():
            values[name] = float(scipy.stats.wasserstein_distance(length, length, a, b))
    return values


def _spell_areas(subset: Subset, field: Array) -> Array:
    """Area of spells that end and whose beginning is known, by state and length (2, 16)."""
    wet, valid = field > np.float64(np.float32(WET)), subset.valid
    areas = np.zeros((2, LONGEST))
    run, begun = valid[:, 0].astype(int), np.zeros(valid[:, 0].shape, bool)
    for t in range(1, wet.shape[1]):
        pair = valid[:, t] & valid[:, t - 1]
        ends = pair & (wet[:, t] != wet[:, t - 1])
        whole = ends & (begun | (run >= LONGEST))
        index = (wet[:, t - 1][whole].astype(int), np.minimum(run[whole], LONGEST) - 1)
        np.add.at(areas, index, subset.area[whole])
        run = np.where(pair & ~ends, run + 1, valid[:, t])
        begun = ends | (pair & begun)
    return areas


def warping(subset: Subset) -> dict[str, float]:
    """Block matching by brute force, then differences along the truth's motion."""
    sums = np.zeros(2)
    for tile in range(len(subset.truth)):
        truth = subset.truth[tile]
        dy, dx = _motion(truth[:-1], truth[1:])
        t, y, x = np.mgrid[: dy.shape[0], : dy.shape[1], : dy.shape[2]]
        row, column = y - dy, x - dx
        inside = (row >= 0) & (row < truth.shape[1]) & (column >= 0) & (column < truth.shape[2])
        before, after = (t[inside], row[inside], column[inside]), (t[inside] + 1, y[inside], x[inside])
        error = np.abs(truth[after] - truth[before])
        use = np.isfinite(error)
        area = subset.area[tile, y[inside], x[inside]][use]
        sampled = np.mean([np.abs(m[tile][after] - m[tile][before]) for m in subset.members], axis=0)
        sums += (area * error[use]).sum(), (area * sampled[use]).sum()
    return {"": float(sums[1] / sums[0]) - 1} if sums[0] > 0 else {}


def _motion(old: Array, now: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Displacement (time, y, x) of each cell's block with the least mean square difference."""
    _, ny, nx = now.shape
    rows, columns = np.arange(0, ny, BLOCK), np.arange(0, nx, BLOCK)

    def by_block(field: Array) -> Array:
        return np.add.reduceat(np.add.reduceat(field, rows, axis=1), columns, axis=2)

    cells = by_block(np.ones(now.shape))
    least, best = np.full(cells.shape, np.inf), np.zeros((2, *cells.shape), np.int64)
    moves = sorted(product(range(-REACH, REACH + 1), repeat=2), key=lambda move: move[0] ** 2 + move[1] ** 2)
    for dy, dx in moves:
        came = np.full(now.shape, np.nan)
        there = (slice(max(dy, 0), ny + min(dy, 0)), slice(max(dx, 0), nx + min(dx, 0)))
        source = (slice(max(-dy, 0), ny + min(-dy, 0)), slice(max(-dx, 0), nx + min(-dx, 0)))
        came[:, *there] = old[:, *source]
        square = (now - came) ** 2
        number = by_block(np.isfinite(square).astype(float))
        mean = by_block(np.nan_to_num(square)) / np.maximum(number, 1)
        better = (2 * number >= cells) & (mean < least * (1 - 1e-9))
        least[better] = mean[better]
        best[:, better] = np.array([[dy], [dx]])
    sizes = [np.diff(np.append(edges, end)) for edges, end in ((rows, ny), (columns, nx))]
    dy, dx = best.repeat(sizes[0], axis=2).repeat(sizes[1], axis=3)
    return dy, dx


def seams(subset: Subset) -> dict[str, float]:
    """Mean absolute change at each phase of each window, over its mean, ensemble against truth."""
    use = subset.valid[:, 1:] & subset.valid[:, :-1]
    area = np.where(use, subset.area[:, None], 0.0)

    def change(field: Array) -> Array:
        return (area * np.abs(np.nan_to_num(np.diff(field, axis=1)))).sum(axis=(0, 2, 3))

    truth = change(subset.truth)
    ensemble = np.mean([change(member) for member in subset.single_members()], axis=0)
    weight = area.sum(axis=(0, 2, 3))
    pairs = use.any(axis=(2, 3)).mean(axis=0)
    frame = np.arange(1, len(weight) + 1)
    excess = []
    for window in WINDOWS:
        phases = [frame % window == phase for phase in range(window)]
        if min(pairs[p].sum() for p in phases) < LEAST_PAIRS - 1e-6:
            continue
        if ensemble.any() and all(truth[p].any() for p in phases):
            level = [
                np.array([s[p].sum() / weight[p].sum() for p in phases]) / (s.sum() / weight.sum())
                for s in (truth, ensemble)
            ]
            excess.append(float((level[1] / level[0] - 1).max()))
    return {"": max(excess)} if excess else {}
