"""Scores worked out again: from stored statistics, or from kept predictions for what these do not hold."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import xarray as xr

from downbench.errors import DamagedData, DownbenchWarning, UserError
from downbench.files import atomic_directory
from downbench.findings.rebuild import frames_over_tiles, rebuild, sampling_notice, sampling_of
from downbench.findings.stored_run import StoredRun, open_run
from downbench.pipeline.cost import measured
from downbench.pipeline.local_dask import read_here
from downbench.pipeline.metric_set import MetricSet, make_metrics
from downbench.pipeline.predictions import check_metadata
from downbench.pipeline.progress import progress_bar
from downbench.pipeline.score import add_up
from downbench.pipeline.scoring_plan import ScoringPlan
from downbench.pipeline.stretches.streaming import stream
from downbench.pipeline.write_scores import work_out_scores, write_scores
from downbench.scoring.inference.values import Outcome
from downbench.scoring.regions import UserRegion
from downbench.scoring.statistics import Statistics
from downbench.store import keys
from downbench.store.locks import locked
from downbench.store.record import RunRecord
from downbench.store.record_parts import Cost, CurvePart, ScoreRow
from downbench.store.run_directory import SHOWN, fit_of
from downbench.store.runs import RunFile
from downbench.temporaries import delete
from downbench.version import __version__


class _Source(NamedTuple):
    """Statistics of all wanted metrics, what they change in the record, and what new ones come from."""

    statistics: Statistics
    regions: list[str]
    changes: dict[str, Any]
    read: Literal["predictions", "statistics", "model"]


@read_here()
def rescore(
    stored: StoredRun,
    names: Iterable[str] = (),
    regions: tuple[UserRegion, ...] = (),
    data_root: Path | None = None,
    scheduler: str | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> StoredRun:
    """Work out a run's scores again, in a score directory of their own key; nothing is ever fitted.

    Args:
        stored: the run.
        names: metrics to add, or to read predictions for again where their version has changed.
        regions: of the user's, to add; needs the predictions for every metric.
        data_root: where the data stand now, if they were moved.
        scheduler: address of the cluster that reads the predictions, or samples them again; None is here.
        say: is told, before it begins, that samples which were not kept are sampled again.

    Raises:
        UserError: a metric's statistics are not there or of another version and it is not among ``names``;
            the dataset has changed; the statistics are damaged.
    """
    names, record = list(names), stored.record
    metrics = _metrics(stored, names)
    stale = _stale(stored, metrics, names)
    with locked(fit_of(stored.directory)):
        with measured() as cost:
            if stale or regions:
                plan = replace(rebuild(stored, metrics, data_root, regions), scheduler=scheduler)
                source = _from_ensemble(plan, stored, metrics if regions else metrics.only(stale), say)
            else:
                source = _Source(_only_of(stored.statistics, metrics), record.regions, {}, "statistics")
            outcome = work_out_scores(source.statistics, metrics.metrics, stored.probabilistic, record.hours)
        key = keys.score_key(record.keys.sample, metrics.versions(), source.regions, record.hours)
        changed = _changed(record, key, Cost(**cost, read=source.read), metrics, outcome, source)
        directory = stored.directory.with_name(key[:SHOWN])  # a run of others stays among those of others
        examples = _examples(stored)
        with atomic_directory(directory) as temporary:
            write_scores(temporary, source.statistics, outcome, changed, examples)
        delete(stored.paths.stretches.parent)
    return open_run(directory)


def _changed(
    record: RunRecord, key: str, cost: Cost, metrics: MetricSet, outcome: Outcome, source: _Source
) -> RunRecord:
    """The record of a run with its new scores."""
    changes = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "keys": record.keys.model_copy(update={"score": key}),
        "versions": record.versions | {"downbench": __version__},
        "cost": record.cost.model_copy(update={"score": cost}),
        "regions": source.regions,
        "metrics": metrics.parts(),
        "scores": [ScoreRow(**row) for row in outcome.rows],
        "curves": {name: CurvePart(**curve) for name, curve in outcome.curves.items()},
    }
    return record.model_copy(update=changes | source.changes)


def _examples(stored: StoredRun) -> xr.Dataset | None:
    """Frames to look at, which stay the same; damaged ones are left out."""
    try:
        return RunFile(stored.directory, stored.record.model_dump()).examples()
    except DamagedData as error:
        warnings.warn(f"{error.message}; the scores go without", DownbenchWarning, stacklevel=2)
        return None


def _metrics(stored: StoredRun, names: Iterable[str]) -> MetricSet:
    """The run's metrics and those to add, by full name."""
    present = [f"{card.distribution}:{name}" for name, card in stored.record.metrics.items()]
    new = {name for name in names if not any(name in (full, full.split(":")[-1]) for full in present)}
    return make_metrics([*present, *sorted(new)])


def _stale(stored: StoredRun, metrics: MetricSet, names: list[str]) -> list[str]:
    """Metrics whose statistics are not there, or are of another version.

    Raises:
        UserError: one of them was not asked for.
    """
    stale = [name for name, metric in metrics.metrics.items() if _is_stale(stored, name, metric.version)]
    asked = {name.split(":")[-1] for name in names}
    if unasked := [name for name in stale if name not in asked]:
        raise UserError(
            f"the statistics in {stored.directory} hold another version of {', '.join(unasked)}",
            "read the predictions for it: " + " ".join(f"--metric {name}" for name in unasked),
        )
    return stale


def _is_stale(stored: StoredRun, name: str, version: int) -> bool:
    card = stored.record.metrics.get(name)
    return card is None or name not in stored.statistics.keys or card.version != version


def _only_of(statistics: Statistics, metrics: MetricSet) -> Statistics:
    return replace(statistics, keys={name: statistics.keys[name] for name in metrics.metrics})


def _from_ensemble(
    plan: ScoringPlan, stored: StoredRun, wanted: MetricSet, say: Callable[[str], None]
) -> _Source:
    """Statistics of some metrics from the ensemble, beside the stored ones of the others.

    An ensemble that was not kept is sampled again from ``model/``, and not stored this time either.
    """
    is_kept = plan.predictions.is_dir()
    if is_kept:
        check_metadata(plan.predictions)
        with progress_bar(f"score  {plan.label}") as progress:
            statistics = add_up(replace(plan, metrics=wanted), progress, stored.directory)
    else:
        sampling = sampling_of(plan, stored)
        say(sampling_notice(plan, stored, frames_over_tiles(plan)))
        folder = _stretches(plan, stored, wanted)
        with progress_bar(f"sample and score {plan.label}") as progress:
            statistics = stream(sampling, wanted, folder, stored.directory, progress).statistics
    if set(wanted.metrics) != set(plan.metrics.metrics):
        statistics = merged(stored.statistics, statistics, list(plan.metrics.metrics))
    root = plan.frames.dataset.root
    changes = {
        "user_regions": [f"{region.name}={region.source}" for region in plan.frames.regions],
        "data_root": None if root is None else str(root),
    }
    return _Source(statistics, plan.frames.region_names, changes, "predictions" if is_kept else "model")


def _stretches(plan: ScoringPlan, stored: StoredRun, wanted: MetricSet) -> Path:
    """Where chunks that are sampled and scored again are kept until all are: by what they are scored with."""
    names = plan.frames.region_names
    key = keys.score_key(stored.record.keys.sample, wanted.versions(), names, stored.record.hours)
    return replace(stored.paths, score_key=key).stretches


def merged(old: Statistics, new: Statistics, metrics: list[str]) -> Statistics:
    """Statistics of some metrics, from ``new`` where that has them, else from ``old``.

    Raises:
        UserError: the two do not belong to the same frames and regions.
    """
    same = old.regions == new.regions and old.members == new.members
    if not same or old.layout.times.tolist() != new.layout.times.tolist():
        raise UserError(
            "stored and new statistics are of different frames or regions", "`bench run` scores all again"
        )
    keys_ = {name: new.keys.get(name, old.keys.get(name, {})) for name in metrics}
    used = {"weight", "count", *(stored for own in keys_.values() for stored in own.values())}
    arrays = {name: new.arrays[name] if name in new.arrays else old.arrays[name] for name in used}
    per = {name: new.per[name] if name in new.per else old.per[name] for name in used}
    return replace(new, arrays=arrays, per=per, keys=keys_)
