"""A finished run in Python: its record, scores, curves, examples and predictions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from downbench.api.showing import Shown
from downbench.api.tables import headline_table, score_frame
from downbench.errors import UserError
from downbench.findings import stored_run
from downbench.findings.stored_run import StoredRun
from downbench.store.record import RunRecord
from downbench.store.runs import RunFile


class Run(Shown):
    """A scored run.

    Args:
        stored: where it stands, with its record.
    """

    def __init__(self, stored: StoredRun) -> None:
        self.stored = stored

    @property
    def directory(self) -> Path:
        """Its score directory."""
        return self.stored.directory

    @property
    def record(self) -> RunRecord:
        """Everything that ``run.json`` says, typed."""
        return self.stored.record

    @property
    def title(self) -> str:
        """Method, dataset and seed."""
        seed = f", seed {self.record.seed}" if self.record.seed else ""
        return f"downbench run: {self.record.method.name} on {self.record.dataset.label}{seed}"

    @cached_property
    def scores(self) -> pd.DataFrame:
        """All scores, a row for each metric, component, region and season."""
        return score_frame([row.model_dump() for row in self.record.scores])

    @cached_property
    def curves(self) -> dict[str, pd.DataFrame]:
        """Curves by metric: a column for each series, over the abscissa; its labels stand in ``attrs``."""
        return {
            name: pd.DataFrame(
                {label: pd.Series(values, dtype=float) for label, values in curve.series.items()}
            ).set_axis(pd.Index(pd.Series(curve.x, dtype=float), name=curve.x_label))
            for name, curve in self.record.curves.items()
        }

    @cached_property
    def examples(self) -> xr.Dataset:
        """The frames that are kept to be looked at: ``coarse``, ``truth`` and ``members`` in mm/h.

        Raises:
            UserError: none were kept.
            DamagedData: they are not what was written.
        """
        examples = RunFile(self.directory, self.record.model_dump()).examples()
        if examples is None:
            raise UserError(f"no examples of {self.stored.label} were kept", "run it with keep='examples'")
        return examples

    def predictions(self) -> xr.Dataset:
        """The stored ensemble, lazily: one variable (member, time, tile, y, x) in mm/h for each sequence.

        Raises:
            UserError: it was not kept.
        """
        path = self.stored.paths.predictions
        if not path.is_dir():
            raise UserError(f"the predictions of {self.stored.label} were not kept", "run it with keep='all'")
        whole = xr.open_zarr(path, consolidated=None if _is_consolidated(path) else False)
        return whole

    def facts(self) -> Mapping[str, Any]:
        """What was run on what."""
        record = self.record
        return {
            "directory": self.directory,
            "members": record.members,
            "frames": f"{record.frames.n} steps from {record.frames.first} to {record.frames.last}",
            "coarse and fine rain": record.dataset.relation_text,
            **({"stand-in": "synthetic data, not real rain"} if record.dataset.standin else {}),
        }

    def shown(self) -> pd.DataFrame:
        """Headline scores over the whole domain and time."""
        headlines = {name: metric.headline for name, metric in self.record.metrics.items()}
        return headline_table(self.scores, headlines)


def _is_consolidated(store: Path) -> bool:
    return '"consolidated_metadata"' in (store / "zarr.json").read_text(encoding="utf-8")


def open_run(directory: str | os.PathLike[str]) -> Run:
    """Open a finished run.

    Args:
        directory: as ``bench run`` prints it, or that of its fit or samples where only one run is there.

    Raises:
        UserError: no run stands there, several do, or its record is damaged.
    """
    return Run(stored_run.open_run(Path(directory)))


def stored_of(run: Run | str | os.PathLike[str]) -> StoredRun:
    """The run that is meant, by itself or by its directory."""
    return run.stored if isinstance(run, Run) else open_run(run).stored
