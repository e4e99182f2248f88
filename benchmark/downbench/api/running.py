"""``downbench.run``: what ``bench run`` does, with the results as objects."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from downbench.api.opened import Run, open_run
from downbench.api.settings import setting_texts
from downbench.api.showing import Shown
from downbench.api.tables import score_frame
from downbench.errors import DownbenchWarning, RunFailed
from downbench.findings.summary import summarise
from downbench.plugins.session import registry
from downbench.suite.asking import ask
from downbench.suite.suite import is_failure, run_suite

Path_ = str | os.PathLike[str]
Names = str | Sequence[str]
_RUN_COLUMNS = ("method", "dataset", "track", "role", "seed", "directory")


class Runs(Shown):
    """The outcomes of a request, finished and failed; iterates over the finished runs.

    Args:
        outcomes: as ``bench run --json`` prints them.
    """

    def __init__(self, outcomes: Sequence[Mapping[str, Any]]) -> None:
        self.outcomes = [dict(outcome) for outcome in outcomes]
        self.runs = [
            open_run(outcome["directory"]) for outcome in self.outcomes if outcome["status"] == "finished"
        ]

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def __getitem__(self, which: int | str) -> Run:
        """A finished run by its place, or the first one of a method by its name."""
        if isinstance(which, int):
            return self.runs[which]
        for run in self.runs:
            if run.record.method.name == which:
                return run
        raise KeyError(which)

    @property
    def title(self) -> str:
        """How many runs finished."""
        return f"downbench runs: {len(self.runs)} of {len(self.outcomes)} finished"

    @property
    def scores(self) -> pd.DataFrame:
        """All scores of all finished runs, tidy."""
        rows = [
            {**{name: outcome[name] for name in _RUN_COLUMNS}, **score}
            for outcome in self.outcomes
            for score in outcome["scores"]
        ]
        return score_frame(rows, _RUN_COLUMNS)

    @property
    def failed(self) -> dict[str, str]:
        """Method, seed and dataset of each failed run, with the reason."""
        return {
            f"{outcome['method']} on {outcome['label']}, seed {outcome['seed']}": outcome["reason"]
            for outcome in self.outcomes
            if outcome["status"] != "finished"
        }

    def facts(self) -> Mapping[str, Any]:
        """Relation of coarse to fine rain, and what failed."""
        relations = dict.fromkeys(f"{one['label']}: {one['relation']}" for one in self.outcomes)
        return {"data": "; ".join(relations), **{f"failed: {k}": v for k, v in self.failed.items()}}

    def shown(self) -> pd.DataFrame:
        """Headline scores over the whole domain and time, a column for each run."""
        metrics = {score["metric"] for outcome in self.outcomes for score in outcome["scores"]}
        headlines = {name: registry().find("metric", name).load().headline for name in metrics}
        tables = {
            label: pd.DataFrame.from_dict(summary.rows, orient="index", columns=summary.methods)
            for label, summary in summarise(self.outcomes, headlines).items()
        }
        if not tables:
            return pd.DataFrame()
        whole = pd.concat(tables, axis=1) if len(tables) > 1 else next(iter(tables.values()))
        return whole.rename_axis(index="metric")


def run(
    method: Names | None = None,
    dataset: Names | None = None,
    *,
    metric: Names | None = None,
    preset: str | None = None,
    settings: Mapping[str, Any] | None = None,
    weights: Mapping[str, Path_] | Path_ | None = None,
    members: int | None = None,
    seed: int | Sequence[int] | None = None,
    limit: int | None = None,
    budget: str | float | None = None,
    runs: Path_ = "runs",
    suite: Path_ | None = None,
    data_root: Path_ | None = None,
    shift: Mapping[str, Path_] | None = None,
    device: str | None = None,
    region: Names | None = None,
    hours: bool = False,
    scheduler: str | None = None,
    keep: str | None = None,
    controls: bool = True,
    jobs: int | str | None = None,
    isolate: bool | None = None,
    time_limit: str | None = None,
    memory_limit: str | None = None,
    report: Callable[[dict[str, Any]], None] = lambda outcome: None,
) -> Runs:
    """Fit, sample and score methods on datasets, as ``bench run`` does, with the same defaults and folders.

    What is finished is not computed again.

    Args:
        method: name, or several.
        dataset: name or path of a card, or several.
        metric: name, or several; the standard set by default.
        preset: of every method that has presets; ``tiny`` by default.
        settings: parameters of methods and datasets: ``{"files.factor": 4}``.
        weights: directory in place of fitting, or several by method.
        members: of the ensemble; 8 by default.
        seed: of the runs, or several; 0 by default.
        limit: score only the first time steps.
        budget: longest time for each fit [s], or as ``"10m"``.
        runs: folder that holds the run directories.
        suite: YAML file that asks for many runs; what is said here wins over it.
        data_root: file or folder of your data.
        shift: further data that the fitted methods are scored on, by a name for the track.
        device: ``auto``, ``cpu`` or ``cuda``.
        region: a region of your own, ``name=lonmin,latmin,lonmax,latmax`` or ``name=FILE``, or several.
        hours: also work out the scores by hour of day.
        scheduler: address of a dask cluster to sample and score on.
        keep: ``none``, ``examples`` or ``all`` of the samples.
        controls: also run the controls that the protocol prescribes.
        jobs: runs that go forward at once; ``auto`` is one a core.
        isolate: run every stage, or none, in a process of its own.
        time_limit: of each stage, as ``"10m"``.
        memory_limit: of each stage, as ``"8G"``.
        report: is handed each outcome as soon as it is there.

    Raises:
        UserError: the request is wrong; nothing has been computed.
        RunFailed: none of the runs that were asked for could be finished.
    """
    request = ask(
        None if suite is None else Path(suite),
        methods=_several(method),
        datasets=_several(dataset),
        data_root=None if data_root is None else Path(data_root),
        budget=budget,
        controls=controls,
        hours=hours,
        settings=setting_texts(settings),
        shifts=[f"{name}={os.fspath(data)}" for name, data in (shift or {}).items()],
        weights=_weights(weights),
        preset=preset,
        members=members,
        seeds=[seed] if isinstance(seed, int) else seed and list(seed),
        limit=limit,
        device=device,
        regions=_several(region) or None,
        engine=None if scheduler is None else "dask",
        scheduler=scheduler,
        keep=keep,
        jobs=jobs,
        isolate=isolate,
        time_limit=time_limit,
        memory_limit=memory_limit,
    )
    outcomes = run_suite(request, Path(runs), _several(metric) or None, report)
    failures = [outcome for outcome in outcomes if is_failure(request, outcome)]
    asked = [outcome for outcome in outcomes if outcome["role"] != "control"] or outcomes
    if asked and all(outcome["status"] != "finished" for outcome in asked):
        raise RunFailed(failures[0]["reason"] if failures else asked[0]["reason"])
    for outcome in failures:
        text = f"{outcome['method']} on {outcome['label']} failed: {outcome['reason']}"
        warnings.warn(text, DownbenchWarning, stacklevel=2)
    return Runs(outcomes)


def _several(names: Names | None) -> list[str]:
    return [names] if isinstance(names, str) else list(names or [])


def _weights(weights: Mapping[str, Path_] | Path_ | None) -> list[str]:
    if isinstance(weights, Mapping):
        return [f"{name}={os.fspath(path)}" for name, path in weights.items()]
    return [] if weights is None else [os.fspath(weights)]
