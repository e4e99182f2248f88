"""The engine's values of a few frames beside those of the independent path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from downbench.contracts.metric import Metric, Null
from downbench.errors import UserError
from downbench.runner.chunks import ChunkTask, read_chunk
from downbench.runner.stored import StoredPlan, StoredRun, predictions_at_hand, rebuild
from downbench.runner.suite import make_metrics
from downbench.scoring.engine import Accumulator
from downbench.scoring.grid import ALL
from downbench.scoring.histogram import histogram_quantile
from downbench.scoring.statistics import Statistics
from downbench.scoring.values import components, totals, why_null
from downbench.verification.fields import read_subset
from downbench.verification.independent import CHECKS, LEVELS, Check

MOST_BYTES = 2**30  # that the independent path may take, at most
COPIES = 6  # of the ensemble in float64 that libraries make on their way
SAME = 1e-9  # relative, of stored statistics against the engine's now


def verify(stored: StoredRun, frames: int = 4, data_root: Path | None = None) -> dict[str, Any]:
    """Work out a run's metrics on a few frames twice, with the engine and without it.

    Args:
        stored: the run.
        frames: consecutive frames, all tiles; fewer where memory does not suffice.
        data_root: where the data stand now, if they were moved.

    Returns:
        ``rows`` with metric, component, ours, theirs, difference, tolerance, ok (None where nothing could be
        compared, with ``reason``), and ``ok`` for all of them; ``stored`` compares the stored statistics.

    Raises:
        UserError: the dataset has changed, or too few frames were asked for.
    """
    if frames < 1:
        raise UserError(f"--frames {frames}: at least one frame is needed")
    cards = stored.run["metrics"]
    metrics = make_metrics([f"{card['distribution']}:{name}" for name, card in cards.items()])
    plan = rebuild(stored, metrics, data_root)
    with predictions_at_hand(plan, stored):
        sequence, start, stop = _choose(plan, frames)
        here = plan.frames.sequences[sequence]
        grid = plan.frames.grid
        statistics = _engine(plan, dict(metrics.metrics), sequence, start, stop)
        windows = tuple((tile, y, x) for tile, corners in grid.windows.items() for y, x in corners)
        size = (plan.frames.dataset.factor, windows, grid.window_size)
        subset = read_subset(here, plan.directory.predictions, start, stop, *size)
    rows = []
    for name, metric in metrics.metrics.items():
        check, why = _check_of(name, cards[name]["distribution"])
        if check is None:
            rows.append(_row(name, "", None, None, None, why))
        else:
            ours = _ours(statistics, name, metric, stored.probabilistic)
            rows += _compare(name, check, ours, check.work(subset))
    kept = _stored_rows(stored.statistics, statistics, metrics.metrics, here.name, here.times[start:stop])
    return {
        "directory": str(stored.directory),
        "sequence": here.name,
        "first": str(here.times[start].astype("datetime64[s]")),
        "frames": stop - start,
        "asked": frames,
        "tiles": int(here.fine.sizes["tile"]),
        "members": plan.members,
        "rows": rows,
        "stored": kept,
        "ok": kept["ok"] is not False and all(row["ok"] is not False for row in rows),
    }


def _check_of(name: str, distribution: str) -> tuple[Check | None, str]:
    """The independent path of a metric, or the reason why there is none."""
    check = CHECKS.get(name)
    if check is None or distribution != "downbench":
        return None, "there is no independent path for this metric"
    if not check.is_installed:
        return None, f"{check.package} is not installed: pip install 'downbench[rainfarm]'"
    return check, ""


def _choose(plan: StoredPlan, frames: int) -> tuple[int, int, int]:
    """Sequence, start and stop of the wettest stretch, by its coarse rain."""
    sequences = plan.frames.sequences
    sizes = sequences[0].fine.sizes
    frame_bytes = 8 * COPIES * (plan.members + 1) * sizes["tile"] * sizes["y"] * sizes["x"]
    count = max(1, min(frames, MOST_BYTES // frame_bytes))
    best, chosen = -1.0, (0, 0, 1)
    for number, sequence in enumerate(sequences):
        rain = sequence.coarse["precipitation"].isel(time=slice(sequence.warmup, None))
        means = rain.mean(("tile", "y", "x")).fillna(0).to_numpy()
        length = min(count, len(means))
        wet = np.convolve(means, np.ones(length), "valid") / length
        if wet.max() > best:
            at = int(wet.argmax())
            best, chosen = float(wet.max()), (number, at, at + length)
    return chosen


def _engine(plan: StoredPlan, metrics: dict[str, Metric], sequence: int, start: int, stop: int) -> Statistics:
    """The engine's statistics of these frames alone, as if there were none before them."""
    here = plan.frames.sequences[sequence]
    accumulator = Accumulator(metrics, plan.frames.grid, [(here.name, here.times[start:stop])], plan.members)
    group = zarr.open_group(plan.directory.predictions, mode="r")
    for tile in range(here.fine.sizes["tile"]):
        accumulator.add(read_chunk(plan.frames, group, ChunkTask(sequence, tile, start, stop), 0))
    return accumulator.statistics()


def _ours(statistics: Statistics, name: str, metric: Metric, probabilistic: bool) -> dict[str, float | Null]:
    given = totals(statistics, name, ALL, None, probabilistic)
    why = why_null(metric, ALL, given, probabilistic)
    if why is not None:
        return {"": why}
    if name != "quantiles":
        return components(metric, given)
    levels = np.array(list(LEVELS.values()))  # themselves, since a few frames are too few for their errors
    return {
        f"{label} of the {which}": float(value)
        for which in ("truth", "ensemble")
        for label, value in zip(LEVELS, histogram_quantile(given[which], levels), strict=True)
    }


def _compare(
    name: str, check: Check, ours: Mapping[str, float | Null], theirs: Mapping[str, float]
) -> list[dict[str, Any]]:
    rows = []
    for component in ours if name != "quantiles" else theirs:
        mine, other = ours[component], theirs.get(component)
        if isinstance(mine, Null) or other is None:
            reason = mine.reason if isinstance(mine, Null) else "the independent path gives no value here"
            rows.append(_row(name, component, None, other, check, f"null: {reason}"))
        else:
            rows.append(_row(name, component, mine, other, check, ""))
    return rows


def _row(
    name: str, component: str, ours: float | None, theirs: float | None, check: Check | None, reason: str
) -> dict[str, Any]:
    tolerance = ok = difference = None
    if check is not None and ours is not None and theirs is not None:
        tolerance, difference = check.absolute + check.relative * abs(theirs), ours - theirs
        ok = abs(difference) <= tolerance
    return {
        "metric": name,
        "component": component,
        "ours": ours,
        "theirs": theirs,
        "difference": difference,
        "tolerance": tolerance,
        "ok": ok,
        "by": check.by if check else None,
        "why": check.why if check else None,
        "reason": reason or None,
    }


def _stored_rows(
    stored: Statistics,
    fresh: Statistics,
    metrics: Mapping[str, Metric],
    sequence: str,
    times: NDArray[np.datetime64],
) -> dict[str, Any]:
    """The largest difference of what is stored for these frames, of metrics that look at no other frame."""
    rows = stored.layout.steps_of(sequence, times.astype("datetime64[s]"))
    past = {s for name, m in metrics.items() if m.past for s in fresh.keys.get(name, {}).values()}
    worst, compared = 0.0, 0
    for name, values in fresh.arrays.items():
        kept = stored.arrays.get(name)
        if fresh.per[name] == "step" and name not in past and kept is not None:
            scale = max(float(np.abs(values).max()), 1e-30)
            worst = max(worst, float(np.abs(kept[rows] - values).max()) / scale)
            compared += 1
    ok = worst <= SAME if compared else None
    return {"arrays": compared, "difference": worst if compared else None, "tolerance": SAME, "ok": ok}
