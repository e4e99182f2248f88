"""Lengths of wet and dry spells."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from downbench import Chunk, Curve, Metric, Null, Statistic, Totals, Value, compiled
from downbench_metrics.shared.thresholds import WET
from downbench_metrics.shared.zones import added_up, by_region, flat, time_slots, zone_count

LOOK_BACK = 16  # frames; also the number of lengths: 1 to 15, and 16 or more
STATES = {"dry": 0, "wet": 1}


class Spells(Metric):
    """How long rain lasts in a cell, and how long it stays away."""

    name = "spells"
    fair = False
    unit = "h"
    past = LOOK_BACK
    headline = "wet"
    definition = (
        "a spell is a run of frames of a cell above 0.1 mm/h (wet) or not (dry); Wasserstein-1 distance of "
        "the distributions of their lengths, all cells and members pooled with weights area / m. A spell "
        "counts where it ends, in the bin of the next frame. One of 16 frames or more counts as 16, one "
        "that began before the sequence or at a gap is counted apart and in no distribution"
    )
    reference = "PROTOCOL: spells count in the bin where they end, look-back 16 frames"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Weight of spells by state (dry, wet) and length (1 to 15, longer, unknown), per time bin."""
        return {"truth": _spells(chunk, False), "ensemble": _spells(chunk, True)}

    def value(self, totals: Totals) -> Value:
        """Distances [h] of wet and of dry spells."""
        step = float(totals.info["step_hours"])
        values: dict[str, float | Null] = {}
        for name in ("wet", "dry"):
            truth, ensemble = (totals[w][STATES[name], :LOOK_BACK] for w in ("truth", "ensemble"))
            if not (truth.any() and ensemble.any()):
                where = "the ensemble" if truth.any() else "the truth"
                values[name] = Null(f"no {name} spell of known length ends in {where}")
                continue
            gap = (truth / truth.sum() - ensemble / ensemble.sum()).cumsum()
            values[name] = float(abs(gap).sum()) * step
        return values

    def curve(self, totals: Totals) -> Curve:
        """Share of wet and dry spells by length; the last holds all longer ones too."""
        series = {}
        for name, state in STATES.items():
            for which in ("truth", "ensemble"):
                weight = totals[which][state, :LOOK_BACK]
                series[f"{which}, {name}"] = weight / weight.sum() if weight.any() else weight
        x = np.arange(1, LOOK_BACK + 1).astype(np.float64) * float(totals.info["step_hours"])
        return Curve(x, series, "length of spell [h]", "share of spells", log_y=True)


def _spells(chunk: Chunk, ensemble: bool) -> Statistic:
    truth, members = chunk.with_past(LOOK_BACK)
    fields = flat(members if ensemble else truth[None])
    valid, area = np.isfinite(flat(truth)), chunk.grid.area[chunk.tile].ravel()
    label = chunk.grid.zones(chunk.tile).label
    count, slot = time_slots(chunk)

    def kernel(out: NDArray[np.float64], start: int, stop: int) -> None:
        _add(fields, valid, WET, area, label, slot, out, start, stop)

    shape = (count, zone_count(chunk), 2, LOOK_BACK + 1)
    name = "spells.ensemble" if ensemble else "spells.truth"
    return Statistic(by_region(chunk, added_up(chunk, shape, kernel)), "bin", name)


@compiled
def _add(
    fields: NDArray,
    valid: NDArray,
    limit: float,
    area: NDArray,
    label: NDArray,
    slot: NDArray,
    out: NDArray,
    start: int,
    stop: int,
) -> None:
    # A cell's recent frames are the bits of a word, the latest lowest: nothing older is ever looked at.
    m, cells, wet_from = fields.shape[0], fields.shape[2], np.float32(limit)
    wet, scored = np.zeros(cells, np.uint32), np.zeros(cells, np.uint32)
    for k in range(m):
        wet[:] = 0
        scored[:] = 0
        for t in range(start, stop + LOOK_BACK):
            now, use = fields[k, t], valid[t]
            for p in range(cells):
                wet[p] = (wet[p] << np.uint32(1)) | np.uint32(now[p] > wet_from)
                scored[p] = (scored[p] << np.uint32(1)) | np.uint32(use[p])
            if t < start + LOOK_BACK:
                continue
            for p in range(cells):
                h, v = wet[p], scored[p]
                if not (h ^ (h >> np.uint32(1))) & v & (v >> np.uint32(1)) & np.uint32(1):
                    continue
                state = (h >> np.uint32(1)) & np.uint32(1)
                same = h if state else ~h
                length = 1
                while length < LOOK_BACK and (same & v) >> np.uint32(length + 1) & np.uint32(1):
                    length += 1
                whole = length == LOOK_BACK or (v >> np.uint32(length + 1)) & np.uint32(1)
                index = length - 1 if whole else LOOK_BACK
                out[slot[t - LOOK_BACK], label[p], state, index] += area[p] / m
