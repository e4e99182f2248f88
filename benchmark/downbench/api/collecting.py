"""``downbench.results``: the scores of all runs of a folder as one tidy table."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from downbench.api.tables import score_frame
from downbench.errors import DownbenchWarning, UserError
from downbench.store.record import RunRecord
from downbench.store.runs import RunFile, each_run

COLUMNS = ("method", "preset", "dataset", "standin", "track", "role", "seed", "directory")


def results(runs: str | os.PathLike[str] = "runs") -> pd.DataFrame:
    """Scores of all finished runs below a folder, a row for each value.

    Runs that cannot be read are left out with a warning; failed runs have no scores.

    Args:
        runs: folder that holds the run directories.

    Returns:
        Columns ``method``, ``preset``, ``dataset`` (its label), ``standin``, ``track``, ``role``, ``seed``,
        ``directory``, and those of a score: ``metric``, ``component``, ``region``, ``season``, ``value``,
        ``low``, ``high``, ``unit``, ``n``, ``n_eff``, ``members``, ``reason``, ``reason_interval``.

    Raises:
        UserError: there is no such folder.
    """
    root = Path(runs)
    if not root.is_dir():
        raise UserError(f"there is no folder of runs {root}", "`bench run` makes one")
    return score_frame((row for file in each_run(root) for row in _rows(file)), COLUMNS)


def _rows(file: RunFile) -> Iterator[dict[str, Any]]:
    if file.run is not None and file.run.get("status") == "failed":
        return
    try:
        if file.run is None:
            raise ValueError(file.reason)
        record = RunRecord.model_validate({key: value for key, value in file.run.items() if key != "digest"})
    except ValueError as error:
        text = f"{file.directory} is left out: {str(error).splitlines()[0]}"
        warnings.warn(text, DownbenchWarning, stacklevel=3)
        return
    facts = {
        "method": record.method.name,
        "preset": record.method.preset,
        "dataset": record.dataset.label,
        "standin": record.dataset.standin,
        "track": None if record.track is None else record.track.name,
        "role": record.role,
        "seed": record.seed,
        "directory": str(file.directory),
    }
    for score in record.scores:
        yield {**facts, **score.model_dump()}
