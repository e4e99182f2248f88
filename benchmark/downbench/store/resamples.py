"""Resampled values, kept beside the scores: tables of many runs share them.

Those over the whole domain and time are of every component, in double precision; those of a region or a
season are of headlines alone, in single precision.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from downbench.files import digest_file
from downbench.store.run_directory import PARTS, RESAMPLES

Drawn = Mapping[str, Mapping[str, NDArray[np.float64]]]
Part = tuple[str, str]  # region and season


def save_resamples(directory: Path, drawn: Drawn) -> None:
    """Write ``resamples.parquet``: a column per metric and component, a row per resample, NaN where null.

    Nothing is written where there are no intervals.
    """
    columns = {f"{metric}|{name}": values for metric, own in drawn.items() for name, values in own.items()}
    _write(directory / RESAMPLES, columns)


def load_resamples(
    directory: Path, digest: str | None, wanted: Mapping[str, str] | None = None
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """What :func:`save_resamples` wrote; empty where there is nothing, or not what was written.

    Args:
        directory: of the scores.
        digest: of the file, as the record has it.
        wanted: metric to the one component of it that is wanted, all by default; one without a name comes
            with it, since a metric that is null as a whole has no other.
    """
    try:
        if digest is None or digest_file(directory / RESAMPLES) != digest:
            return {}
        stored = pq.ParquetFile(directory / RESAMPLES)
        names = stored.schema_arrow.names
        chosen = (
            None
            if wanted is None
            else {f"{metric}|{name}" for metric, own in wanted.items() for name in (own, "")}
        )
        columns = [name for name in names if chosen is None or name in chosen]
        table = stored.read(columns=columns)
    except (OSError, ValueError):  # pyarrow's errors are of these
        return {}
    drawn: dict[str, dict[str, NDArray[np.float64]]] = {}
    for column in columns:
        metric, component = column.split("|", 1)
        drawn.setdefault(metric, {})[component] = table[column].to_numpy().astype(np.float64)
    return drawn


def save_parts(directory: Path, parts: Mapping[Part, Mapping[str, NDArray[np.float64]]]) -> None:
    """Write ``resamples_parts.parquet``: a column per region, season and metric, a row per resample.

    Nothing is written where there are no intervals.
    """
    columns = {
        json.dumps([*part, metric]): values.astype(np.float32)
        for part, own in parts.items()
        for metric, values in own.items()
    }
    _write(directory / PARTS, columns)


def load_parts(directory: Path, digest: str | None) -> dict[Part, dict[str, NDArray[np.float64]]]:
    """What :func:`save_parts` wrote; empty where there is nothing, or not what was written.

    Args:
        directory: of the scores.
        digest: of the file, as the record has it.
    """
    try:
        if digest is None or digest_file(directory / PARTS) != digest:
            return {}
        table = pq.read_table(directory / PARTS)
    except (OSError, ValueError):  # pyarrow's errors are of these
        return {}
    parts: dict[Part, dict[str, NDArray[np.float64]]] = {}
    for column in table.column_names:
        region, season, metric = json.loads(column)
        parts.setdefault((region, season), {})[metric] = table[column].to_numpy().astype(np.float64)
    return parts


def _write(path: Path, columns: Mapping[str, NDArray[Any]]) -> None:
    if columns:
        import pandas as pd  # here, since tables are read far more often than written, and without it

        pd.DataFrame(columns).to_parquet(path, index=False)
