"""Resampled values over the whole domain and time, kept beside the scores: tables of many runs share them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from downbench.files import digest_file
from downbench.store.run_directory import RESAMPLES

Drawn = Mapping[str, Mapping[str, NDArray[np.float64]]]


def save_resamples(directory: Path, drawn: Drawn) -> None:
    """Write ``resamples.parquet``: a column per metric and component, a row per resample, NaN where null.

    Nothing is written where there are no intervals.
    """
    columns = {f"{metric}|{name}": values for metric, own in drawn.items() for name, values in own.items()}
    if columns:
        pd.DataFrame(columns).to_parquet(directory / RESAMPLES, index=False)


def load_resamples(directory: Path, digest: str | None) -> dict[str, dict[str, NDArray[np.float64]]]:
    """What :func:`save_resamples` wrote; empty where there is nothing, or not what was written.

    Args:
        directory: of the scores.
        digest: of the file, as the record has it.
    """
    try:
        if digest is None or digest_file(directory / RESAMPLES) != digest:
            return {}
        table = pd.read_parquet(directory / RESAMPLES)
    except (OSError, ValueError):  # pyarrow's errors are of these
        return {}
    drawn: dict[str, dict[str, NDArray[np.float64]]] = {}
    for column in table.columns:
        metric, component = column.split("|", 1)
        drawn.setdefault(metric, {})[component] = table[column].to_numpy(np.float64)
    return drawn
