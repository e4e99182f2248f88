"""The engine's values of a few frames beside those of the independent path."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.grid import Grid
from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.errors import UserError
from downbench.results.stored_run import StoredPlan, StoredRun, predictions_at_hand, rebuild
from downbench.scoring.statistics import Statistics
from downbench.suite.resolve import make_metrics
from downbench.verification.checks import CHECKS, Check
from downbench.verification.fields import Cut, read_subset
from downbench.verification.ours import engine_statistics, engine_values, part_of
from downbench.verification.selection import scene, sequence

SAME = 1e-9  # relative, of stored statistics against the engine's now


def verify(stored: StoredRun, frames: int = 4, data_root: Path | None = None) -> dict[str, Any]:
    """Work out a run's metrics on a few frames twice, with the engine and without it.

    Args:
        stored: the run.
        frames: consecutive frames, all tiles; fewer where memory does not suffice. Metrics on sequences take
            40 frames of a part of one tile.
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
    found = {name: _check_of(name, cards[name]["distribution"]) for name in metrics.metrics}
    checks = {name: check for name, (check, _) in found.items() if check is not None}
    plan = rebuild(stored, metrics, data_root)
    rows: dict[str, list[dict[str, Any]]] = {
        name: [_row(name, "", None, None, None, why)] for name, (check, why) in found.items() if check is None
    }
    with predictions_at_hand(plan, stored):
        place = scene(plan.frames, plan.members, frames)
        grid = plan.frames.grid
        statistics = engine_statistics(plan, metrics.metrics, place, grid)
        own = {name: check for name, check in checks.items() if check.on == "scene"}
        rows |= _compared(plan, place, grid, own, statistics, stored.probabilistic)
        longer = sequence(plan.frames, plan.members)
        own = {name: check for name, check in checks.items() if check.on == "sequence"}
        if own:
            part = part_of(grid, longer)
            few = {name: metrics.metrics[name] for name in own}
            rows |= _compared(
                plan, longer, part, own, engine_statistics(plan, few, longer, part), stored.probabilistic
            )
    here = plan.frames.sequences[place.sequence]
    times = here.times[place.start : place.stop]
    kept = _stored_rows(stored.statistics, statistics, metrics.metrics, here.name, times)
    ordered = [row for name in metrics.metrics for row in rows[name]]
    return {
        "directory": str(stored.directory),
        **_facts(plan, place),
        "asked": frames,
        "members": plan.members,
        "sequences": _facts(plan, longer) | {"cells": [s.stop - s.start for s in longer[4:]]}
        if own
        else None,
        "rows": ordered,
        "stored": kept,
        "ok": kept["ok"] is not False and all(row["ok"] is not False for row in ordered),
    }


def _facts(plan: StoredPlan, place: Cut) -> dict[str, Any]:
    here = plan.frames.sequences[place.sequence]
    return {
        "sequence": here.name,
        "first": str(here.times[place.start].astype("datetime64[s]")),
        "frames": place.stop - place.start,
        "tiles": len(place.tiles),
    }


def _check_of(name: str, distribution: str) -> tuple[Check | None, str]:
    """The independent path of a metric, or the reason why there is none."""
    check = CHECKS.get(name)
    if check is None or distribution != "downbench":
        return None, "there is no independent path for this metric"
    if not check.is_installed:
        return None, f"{check.package} is not installed: pip install 'downbench[rainfarm]'"
    return check, ""


def _compared(
    plan: StoredPlan,
    place: Cut,
    grid: Grid,
    checks: Mapping[str, Check],
    statistics: Statistics,
    probabilistic: bool,
) -> dict[str, list[dict[str, Any]]]:
    """Rows of some metrics on one subset."""
    windows = tuple((tile, y, x) for tile, corners in grid.windows.items() for y, x in corners)
    here, factor = plan.frames.sequences[place.sequence], plan.frames.dataset.factor
    subset = read_subset(here, plan.directory.predictions, place, factor, windows, grid.window_size)
    rows = {}
    for name, check in checks.items():
        ours = engine_values(statistics, name, plan.metrics.metrics[name], check.often, probabilistic)
        rows[name] = _compare(name, check, ours, check.work(subset), check.scale and check.scale(subset))
    return rows


def _compare(
    name: str,
    check: Check,
    ours: Mapping[str, float | Null],
    theirs: Mapping[str, float],
    scale: float | None = None,
) -> list[dict[str, Any]]:
    rows = []
    for component in ours if name != "quantiles" else theirs:
        mine, other = ours[component], theirs.get(component)
        if isinstance(mine, Null) or other is None:
            reason = mine.reason if isinstance(mine, Null) else "the independent path gives no value here"
            rows.append(_row(name, component, None, other, check, f"null: {reason}"))
        else:
            rows.append(_row(name, component, mine, other, check, "", scale))
    return rows


def _row(
    name: str,
    component: str,
    ours: float | None,
    theirs: float | None,
    check: Check | None,
    reason: str,
    scale: float | None = None,
) -> dict[str, Any]:
    tolerance = ok = difference = None
    if check is not None and ours is not None and theirs is not None:
        size = abs(theirs) if scale is None else scale
        tolerance, difference = check.absolute + check.relative * size, ours - theirs
        ok = bool(abs(difference) <= tolerance)
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
