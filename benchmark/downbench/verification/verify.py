"""The engine's values of a few frames beside those of the independent path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.grid import Grid
from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.errors import DamagedData, UserError
from downbench.findings.damage import damages_of
from downbench.findings.rebuild import predictions_of, rebuild
from downbench.findings.stored_run import StoredRun
from downbench.pipeline.metric_set import make_metrics
from downbench.pipeline.scoring_plan import ScoringPlan
from downbench.pipeline.stretches.sampling import Stretch
from downbench.scoring.statistics import Statistics
from downbench.verification.check import Check, check_values, load_check
from downbench.verification.fields import Cut, read_subset
from downbench.verification.ours import engine_statistics, engine_values, part_of
from downbench.verification.selection import scene, sequence

SAME = 1e-9  # relative, of stored statistics against the engine's now
SAMPLED_AGAIN = 1e-3  # where samples were not kept: another processor or GPU rounds in another way


def verify(
    stored: StoredRun,
    frames: int = 4,
    data_root: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Work out a run's metrics on a few frames twice, with the engine and without it.

    Args:
        stored: the run.
        frames: consecutive frames, all tiles; fewer where memory does not suffice. Metrics on sequences take
            40 frames of a part of one tile.
        data_root: where the data stand now, if they were moved.
        say: is told, before it begins, that frames which were not kept are sampled again.

    Returns:
        ``rows`` with metric, component, ours, theirs, difference, tolerance, ok (None where nothing could be
        compared, with ``reason``), and ``ok`` for all of them; ``stored`` compares the stored statistics.

    Raises:
        UserError: the dataset has changed, or too few frames were asked for.
        DamagedData: something that the run left is not what was written.
    """
    if frames < 1:
        raise UserError(f"--frames {frames}: at least one frame is needed")
    if damages := list(damages_of(stored.directory)):
        first = damages[0]
        raise DamagedData(first.directory, first.reason, "`bench doctor` lists all damage")
    cards = stored.record.metrics
    metrics = make_metrics([f"{card.distribution}:{name}" for name, card in cards.items()])
    brought = {name: load_check(entry) for name, entry in metrics.entries.items()}
    checks = {name: check for name, check in brought.items() if isinstance(check, Check)}
    plan = rebuild(stored, metrics, data_root)
    rows: dict[str, list[dict[str, Any]]] = {
        name: [_row(name, "", None, None, None, why)] for name, why in brought.items() if isinstance(why, str)
    }
    few, longer = scene(plan.frames, plan.members, frames), sequence(plan.frames, plan.members)
    kept = plan.predictions.is_dir()
    with predictions_of(plan, stored, [*_stretches(few), *_stretches(longer)], say) as plan:
        grid = plan.frames.grid
        statistics = engine_statistics(plan, metrics.metrics, few, grid)
        on_scene = {name: check for name, check in checks.items() if check.info.on == "scene"}
        rows |= _compared(plan, few, grid, on_scene, statistics, stored.probabilistic)
        on_sequence = {name: check for name, check in checks.items() if check.info.on == "sequence"}
        if on_sequence:
            part = part_of(grid, longer)
            own = engine_statistics(plan, {name: metrics.metrics[name] for name in on_sequence}, longer, part)
            rows |= _compared(plan, longer, part, on_sequence, own, stored.probabilistic)
    here = plan.frames.sequences[few.sequence]
    times = here.times[few.start : few.stop]
    rows_kept = _stored_rows(
        stored.statistics, statistics, metrics.metrics, here.name, times, SAME if kept else SAMPLED_AGAIN
    )
    ordered = [row for name in metrics.metrics for row in rows[name]]
    return {
        "directory": str(stored.directory),
        **_facts(plan, few),
        "asked": frames,
        "members": plan.members,
        "sequences": _facts(plan, longer) | {"cells": [s.stop - s.start for s in longer[4:]]}
        if on_sequence
        else None,
        "rows": ordered,
        "stored": rows_kept,
        "ok": rows_kept["ok"] is not False and all(row["ok"] is not False for row in ordered),
    }


def _stretches(cut: Cut) -> Iterable[Stretch]:
    """What has to be sampled for a cut."""
    return [Stretch(cut.sequence, tile, cut.start, cut.stop) for tile in cut.tiles]


def _facts(plan: ScoringPlan, cut: Cut) -> dict[str, Any]:
    here = plan.frames.sequences[cut.sequence]
    return {
        "sequence": here.name,
        "first": str(here.times[cut.start].astype("datetime64[s]")),
        "frames": cut.stop - cut.start,
        "tiles": len(cut.tiles),
    }


def _compared(
    plan: ScoringPlan,
    cut: Cut,
    grid: Grid,
    checks: Mapping[str, Check],
    statistics: Statistics,
    probabilistic: bool,
) -> dict[str, list[dict[str, Any]]]:
    """Rows of some metrics on one subset."""
    windows = tuple((tile, y, x) for tile, corners in grid.windows.items() for y, x in corners)
    here, factor = plan.frames.sequences[cut.sequence], plan.frames.dataset.factor
    subset = read_subset(here, plan.predictions, cut, factor, windows, grid.window_size, grid.time_bin)
    rows = {}
    for name, check in checks.items():
        ours = engine_values(statistics, name, plan.metrics.metrics[name], check, probabilistic)
        rows[name] = _compare(name, check, ours, *check_values(name, check, subset))
    return rows


def _compare(
    name: str,
    check: Check,
    ours: Mapping[str, float | Null],
    theirs: Mapping[str, float],
    scale: float | None,
) -> list[dict[str, Any]]:
    rows = []
    for component in ours if check.ours is None else theirs:
        mine, other = ours.get(component), theirs.get(component)
        if mine is None or other is None or isinstance(mine, Null):
            side = "metric" if other is not None else "independent check"
            reason = mine.reason if isinstance(mine, Null) else f"the {side} gives no value here"
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
        tolerance, difference = check.info.absolute + check.info.relative * size, ours - theirs
        ok = bool(abs(difference) <= tolerance)
    return {
        "metric": name,
        "component": component,
        "ours": ours,
        "theirs": theirs,
        "difference": difference,
        "tolerance": tolerance,
        "ok": ok,
        "by": check.info.by if check else None,
        "why": check.info.why if check else None,
        "reason": reason or None,
    }


def _stored_rows(
    stored: Statistics,
    fresh: Statistics,
    metrics: Mapping[str, Metric],
    sequence: str,
    times: NDArray[np.datetime64],
    tolerance: float,
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
    ok = worst <= tolerance if compared else None
    return {"arrays": compared, "difference": worst if compared else None, "tolerance": tolerance, "ok": ok}
