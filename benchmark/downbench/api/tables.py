"""Scores as tidy tables of pandas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from downbench.store.record_parts import ScoreRow

SCORE_COLUMNS = tuple(ScoreRow.model_fields)
_DTYPES = {
    **dict.fromkeys(
        ("metric", "component", "region", "season", "unit", "reason", "reason_interval"), "string"
    ),
    **dict.fromkeys(("value", "low", "high"), "float64"),
    **dict.fromkeys(("n", "n_eff", "members"), "Int64"),
}  # whichever rows there are


def score_frame(rows: Iterable[Mapping[str, Any]], columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """A row for each value: metric, component, region, season, value, interval, and why there is none.

    Args:
        rows: each with the keys of :class:`ScoreRow` and of ``columns``.
        columns: that stand before those of the scores.
    """
    frame = pd.DataFrame(list(rows), columns=[*columns, *SCORE_COLUMNS])
    return frame.astype(_DTYPES)


def headline_table(scores: pd.DataFrame, headlines: Mapping[str, str]) -> pd.DataFrame:
    """Headlines of all metrics over the whole domain and time: value, interval and unit."""
    whole = scores[(scores["region"] == "all") & (scores["season"] == "all")]
    wanted = [
        headlines.get(metric, "") in ("", component)
        for metric, component in zip(whole["metric"], whole["component"], strict=True)
    ]
    return whole[wanted][["metric", "component", "value", "low", "high", "unit"]].reset_index(drop=True)
