"""Scores worked out again: from stored statistics, or from kept predictions for what these do not hold."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from downbench import __version__
from downbench.errors import UserError
from downbench.files import atomic_directory, write_json
from downbench.results.stored_run import StoredPlan, StoredRun, open_run, predictions_at_hand, rebuild
from downbench.run.cost import measured
from downbench.run.plan import MetricSet
from downbench.run.progress import progress_bar
from downbench.run.score import add_up, metric_summaries
from downbench.scoring.inference.hours import hour_rows
from downbench.scoring.inference.values import work_out_all
from downbench.scoring.regions import UserRegion
from downbench.scoring.statistics import Statistics
from downbench.store import keys
from downbench.store.resamples import save_resamples
from downbench.store.run_directory import locked
from downbench.suite.resolve import make_metrics


def rescore(
    stored: StoredRun,
    names: Iterable[str] = (),
    regions: tuple[UserRegion, ...] = (),
    data_root: Path | None = None,
    scheduler: str | None = None,
) -> StoredRun:
    """Work out a run's scores again, in a score directory of their own key; nothing is ever fitted.

    Args:
        stored: the run.
        names: metrics to add, or to read predictions for again where their version has changed.
        regions: of the user's, to add; needs the predictions for every metric.
        data_root: where the data stand now, if they were moved.
        scheduler: address of the cluster that reads the predictions; None reads them here.

    Raises:
        UserError: a metric's statistics are not there or of another version and it is not among ``names``;
            the dataset has changed; the statistics are damaged.
    """
    names = list(names)
    metrics = _metrics(stored, names)
    stale = [name for name, metric in metrics.metrics.items() if _is_stale(stored, name, metric.version)]
    asked = {name.split(":")[-1] for name in names}
    if unasked := [name for name in stale if name not in asked]:
        raise UserError(
            f"the statistics in {stored.directory} hold another version of {', '.join(unasked)}",
            "read the predictions for it: " + " ".join(f"--metric {name}" for name in unasked),
        )
    with locked(stored.place.fit), measured() as cost:
        if stale or regions:
            plan = rebuild(stored, metrics, data_root, regions)
            wanted = metrics if regions else _only(metrics, stale)
            statistics = _from_predictions(plan, stored, wanted, scheduler)
            region_names = plan.frames.region_names
            changes: dict[str, Any] = {
                "regions": region_names,
                "user_regions": [f"{r.name}={r.source}" for r in plan.frames.regions],
                "data_root": str(root) if (root := plan.frames.dataset.root) else None,
            }
        else:
            statistics = _only_of(stored.statistics, metrics)
            region_names = stored.run.get("regions", list(statistics.regions))
            changes = {"regions": region_names}
        rows, curves, drawn = work_out_all(statistics, metrics.metrics, stored.probabilistic)
        if hours := stored.run.get("hours", False):
            rows += hour_rows(statistics, metrics.metrics, stored.probabilistic)
    key = keys.score_key(stored.place.sample_key, metrics.versions(), region_names, hours)
    place = replace(stored.place, score_key=key)
    cost["read"] = "predictions" if stale or regions else "statistics"
    run = stored.run | changes
    run |= {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "keys": run["keys"] | {"score": key},
        "versions": run["versions"] | {"downbench": __version__},
        "cost": run["cost"] | {"score": cost},
        "metrics": metric_summaries(metrics),
        "scores": rows,
        "curves": curves,
    }
    with locked(stored.place.fit), atomic_directory(place.score) as temporary:
        statistics.save(temporary / "statistics.zarr")
        if (stored.directory / "examples.zarr").is_dir():
            shutil.copytree(stored.directory / "examples.zarr", temporary / "examples.zarr")
        pd.DataFrame(rows).to_parquet(temporary / "scores.parquet", index=False)
        save_resamples(temporary, drawn)
        write_json(temporary / "run.json", run)
    return open_run(place.score)


def _metrics(stored: StoredRun, names: Iterable[str]) -> MetricSet:
    """The run's metrics and those to add, by full name."""
    known = {f"{card['distribution']}:{name}" for name, card in stored.run["metrics"].items()}
    given = {name for name in names if not any(name in (full, full.split(":")[-1]) for full in known)}
    ordered = [f"{card['distribution']}:{name}" for name, card in stored.run["metrics"].items()]
    return make_metrics([*ordered, *sorted(given)])


def _is_stale(stored: StoredRun, name: str, version: int) -> bool:
    card = stored.run["metrics"].get(name)
    return card is None or name not in stored.statistics.keys or card.get("version", 1) != version


def _only(metrics: MetricSet, names: list[str]) -> MetricSet:
    return MetricSet({n: metrics.entries[n] for n in names}, {n: metrics.metrics[n] for n in names})


def _only_of(statistics: Statistics, metrics: MetricSet) -> Statistics:
    return replace(statistics, keys={name: statistics.keys[name] for name in metrics.metrics})


def _from_predictions(
    plan: StoredPlan, stored: StoredRun, metrics: MetricSet, scheduler: str | None
) -> Statistics:
    """Statistics of some metrics from the ensemble, beside the stored ones of the others."""
    with predictions_at_hand(plan, stored), progress_bar(f"score  {plan.label}") as progress:
        new = add_up(replace(plan, metrics=metrics, scheduler=scheduler), progress, stored.directory)
    if set(metrics.metrics) == set(plan.metrics.metrics):
        return new
    return merged(stored.statistics, new, list(plan.metrics.metrics))


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
