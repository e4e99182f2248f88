"""Scores of a run over the whole domain and time, with their resampled values, from its own tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.findings.stored_run import StoredRun
from downbench.scoring.grid import ALL
from downbench.scoring.inference.paired import Scored
from downbench.store.record_parts import ScoreRow
from downbench.store.resamples import Part, load_parts, load_resamples
from downbench.store.run_directory import PARTS, RESAMPLES


def kept_scores(
    run: StoredRun, metrics: Mapping[str, Metric], columns: Mapping[str, str] | None = None
) -> Scored | None:
    """What :func:`downbench.scoring.inference.paired.score_region` gives, some thousand times quicker.

    Args:
        run: scored.
        metrics: whose scores are wanted.
        columns: metric to the one component whose resampled values are wanted, all by default.

    Returns:
        The scores; None where the run does not keep all that is wanted.
    """
    rows = [row for row in run.record.scores if row.region == row.season == ALL]
    values: dict[str, dict[str, float | Null]] = {name: {} for name in metrics}
    for row in rows:
        if row.metric in values:
            null = Null(row.reason or "no value")
            values[row.metric][row.component] = null if row.value is None else row.value
    block = run.record.dataset.block_bins
    facts: dict[str, Any] = {"members": run.record.members, "n": run.record.frames.n, "block": block or 1}
    if RESAMPLES not in run.record.files and (why := _why_no_interval(rows)):
        return Scored(values=values, drawn={}, blocks=_blocks(rows), no_interval=why, **facts)
    drawn = load_resamples(run.directory, run.record.files.get(RESAMPLES), columns)
    if block is None or not metrics.keys() <= drawn.keys():
        return None
    return Scored(values=values, drawn=drawn, blocks=_blocks(rows), no_interval="", **facts)


def kept_parts(run: StoredRun) -> dict[Part, dict[str, NDArray[np.float64]]]:
    """Resampled headlines (resample,) by region and season and metric, as far as the run keeps them."""
    return load_parts(run.directory, run.record.files.get(PARTS))


def _blocks(rows: Sequence[ScoreRow]) -> int | None:
    return rows[0].n_eff if rows else None


def _why_no_interval(rows: Sequence[ScoreRow]) -> str:
    """Why a record as a whole has no intervals; empty where it may have some."""
    with_value = [row for row in rows if row.value is not None]
    if any(row.low is not None for row in with_value):
        return ""
    return next((row.reason_interval for row in with_value if row.reason_interval), "")
