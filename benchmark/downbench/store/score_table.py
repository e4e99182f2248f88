"""``scores.parquet``: the scores of a record as a table, a row each, in the order of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from downbench.store.record_parts import ScoreRow
from downbench.store.run_directory import SCORES


def save_scores(directory: Path, rows: Sequence[ScoreRow]) -> None:
    """Write the table of a record's scores; the same scores give the same bytes."""
    import pandas as pd  # here, since a table is written far less often than records are read

    table = pd.DataFrame([row.model_dump() for row in rows])
    table.to_parquet(directory / SCORES, index=False, compression="zstd")
