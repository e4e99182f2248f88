"""Comparison of scored runs: may they be compared, paired differences, classes, single events, seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.errors import UserError
from downbench.findings.breakdown import hour_differences, seed_differences, seed_intervals
from downbench.findings.kept_scores import kept_scores
from downbench.findings.stored_run import StoredRun
from downbench.pipeline.metric_set import make_metrics
from downbench.scoring.grid import ALL
from downbench.scoring.inference.bootstrap import RESAMPLES
from downbench.scoring.inference.classes import find_classes
from downbench.scoring.inference.intervals import LEVEL
from downbench.scoring.inference.paired import (
    Scored,
    comparable,
    component_direction,
    difference,
    score_region,
)
from downbench.store.row_names import row_names
from downbench.store.scored_frames import identity_of


def compare(
    runs: Sequence[StoredRun], names: Sequence[str] = (), region: str = ALL, season: str = ALL
) -> dict[str, Any]:
    """Compare runs pair by pair, as ``bench compare --json`` prints it.

    Args:
        runs: two or more, on the same frames.
        names: metrics, all that every run has by default.
        region: one of the stored regions.
        season: one of the stored seasons.

    Raises:
        UserError: one run alone, runs that may not be compared, or a metric, region or season that they lack.
    """
    if len(runs) < 2:
        raise UserError("one run alone cannot be compared", "name two or more run directories")
    check_comparable(runs)
    metrics = common_metrics(runs, names)
    members = {run.record.members for run in runs}
    unfair = [name for name in names if not metrics[name].fair]
    if unfair and len(unfair) == len(names) and len(members) > 1:
        raise UserError(
            f"{unfair[0]} has no fair form in the number of members, and the runs have "
            + " and ".join(str(m) for m in sorted(members)),
            "score the same number of members of each: `bench run --members N`",
        )
    scored = [_scored(run, metrics, region, season) for run in runs]
    result = {
        "level": LEVEL,
        "resamples": 0 if scored[0].no_interval else RESAMPLES,
        "region": region,
        "season": season,
        "relation": runs[0].record.dataset.relation_text,
        "n": scored[0].n,
        "n_eff": scored[0].blocks,
        "block_hours": runs[0].record.dataset.block_hours,
        "no_interval": scored[0].no_interval or None,
        "runs": [_card(run, name) for run, name in zip(runs, _names(runs), strict=True)],
        "differences": [
            _row(runs, scored, pair, metric, component)
            for metric in metrics.values()
            for component in _components(scored, metric)
            for pair in combinations(range(len(runs)), 2)
        ],
        "classes": [
            row
            for metric in metrics.values()
            for component in _components(scored, metric)
            for row in _classes(scored, metric, component)
        ],
        "seed_intervals": [
            row
            for metric in metrics.values()
            for component in _components(scored, metric)
            for row in seed_intervals(runs, scored, metric, component)
        ],
        "seeds": [
            row
            for metric in metrics.values()
            for component in _components(scored, metric)
            for row in seed_differences(
                runs, [_number(s, metric, component) for s in scored], metric, component
            )
        ],
    }
    if scored[0].no_interval:
        result["hours"] = [
            row
            for pair in combinations(range(len(runs)), 2)
            for metric in metrics.values()
            if comparable(metric, *(scored[i].members for i in pair))
            and all(runs[i].has_statistics and metric.name in runs[i].statistics.keys for i in pair)
            for row in hour_differences(runs, pair, metric, region)
        ]
    return result


def check_frames(runs: Sequence[StoredRun]) -> None:
    """Refuse runs that were not scored on the same frames.

    Raises:
        UserError: other frames.
    """
    first = runs[0]
    for other in runs[1:]:
        if identity_of(other.record) != identity_of(first.record):
            ours, theirs = (_frames(run) for run in (first, other))
            if ours == theirs:
                prints = [run.record.dataset.fingerprint[:12] for run in (first, other)]
                raise UserError(
                    f"the runs were scored on other data of the same times: {ours}, fingerprints "
                    f"{prints[0]} and {prints[1]}",
                    "the coarse rain, the splits or the values differ; run both on one dataset",
                )
            raise UserError(
                f"the runs were scored on different frames: {ours} and {theirs}",
                "scores of different weather cannot be compared; run both on one dataset with one --limit",
            )


def check_comparable(runs: Sequence[StoredRun]) -> None:
    """Refuse runs that were not scored on the same frames, or whose statistics are of other time bins.

    A run that was imported may be without statistics; its time bins are then those of its record.

    Raises:
        UserError: other frames or time bins.
    """
    check_frames(runs)
    first = runs[0]
    for other in runs[1:]:
        if not _same_bins(first, other):
            raise UserError(
                f"the statistics of {first.directory} and {other.directory} differ in their time bins",
                "score both again with one release: `bench run`",
            )


def _same_bins(one: StoredRun, other: StoredRun) -> bool:
    if not (one.has_statistics and other.has_statistics):
        records = [run.record for run in (one, other)]
        return len({(record.frames.n, record.dataset.block_bins) for record in records}) == 1
    a, b = one.statistics, other.statistics
    same = a.layout.times.tolist() == b.layout.times.tolist() and a.layout.width == b.layout.width
    return same and a.block == b.block


def _scored(run: StoredRun, metrics: Mapping[str, Metric], region: str, season: str) -> Scored:
    if run.has_statistics and metrics.keys() <= run.statistics.keys.keys():
        return score_region(run.statistics, metrics, run.probabilistic, region, season)
    kept = kept_scores(run, metrics) if region == season == ALL else None
    if kept is None:
        raise UserError(
            f"{run.directory} came without all of its statistics, so it can be compared over the whole "
            "domain and year only, in the metrics that its archive brought",
            "leave --region and --season out, or ask for the run directory itself",
        )
    return kept


def _frames(run: StoredRun) -> str:
    frames = run.record.frames
    limit = f", limited to {run.record.limit}" if run.record.limit else ""
    times = f"{frames.n} steps from {frames.first} to {frames.last}"
    return f"{run.record.dataset.label}, {times}{limit}"


def common_metrics(runs: Sequence[StoredRun], names: Sequence[str] = ()) -> dict[str, Metric]:
    """The metrics that all runs have statistics of, in their present version.

    Raises:
        UserError: a metric of ``names`` is missing in a run or of another version; or none is left.
    """
    cards = [run.record.metrics for run in runs]
    wanted = list(names) or [name for name in cards[0] if all(name in card for card in cards)]
    found: dict[str, Metric] = {}
    for name in wanted:
        lacking = [run for run, card in zip(runs, cards, strict=True) if name not in card]
        if lacking:
            raise UserError(
                f"{lacking[0].directory} has no scores of {name!r}",
                f"add them: bench score RUN --metric {name}",
            )
        [*_, distribution] = {card[name].distribution for card in cards}
        metric = make_metrics([f"{distribution}:{name}"]).metrics[name]
        if {card[name].version for card in cards} == {metric.version}:
            found[name] = metric
        elif names:
            raise UserError(
                f"the runs' statistics of {name!r} are not all of its present version {metric.version}",
                f"read the predictions again: bench score RUN --metric {name}",
            )
    if not found:
        raise UserError("the runs have no metric in common", "`bench score RUN --metric NAME` adds one")
    return found


def _components(scored: Sequence[Scored], metric: Metric) -> list[str]:
    """Components that any run has; those of null metrics go with them."""
    found = dict.fromkeys(c for run in scored for c in run.values[metric.name])
    return [c for c in found if c or len(found) == 1]


def _names(runs: Sequence[StoredRun]) -> list[str]:
    """What tells runs of one method apart, beside seed, marks, training and track, which are said anyway."""

    def beside(run: StoredRun) -> list[str]:
        track = run.record.track
        return [
            f"seed {run.record.seed}",
            *run.marks,
            run.record.method.training,
            track.name if track else "",
        ]

    return row_names([(run.record, beside(run)) for run in runs])


def _card(run: StoredRun, name: str) -> dict[str, Any]:
    record, method = run.record, run.record.method
    return {
        "name": name,
        "method": method.name,
        "seed": record.seed,
        "members": record.members,
        "role": record.role,
        "marks": list(run.marks),
        "submitted": method.submission is not None,
        "distribution": method.distribution,
        "preset": method.preset,
        "configuration": method.configuration,
        "training": method.training,
        "finishing": method.finishing,
        "track": None if record.track is None else record.track.name,
        "fitted_on": None if record.track is None else record.track.training.label,
        "directory": str(run.directory),
    }


def _row(
    runs: Sequence[StoredRun], scored: Sequence[Scored], pair: tuple[int, int], metric: Metric, component: str
) -> dict[str, Any]:
    a, b = (scored[i] for i in pair)
    found = difference(a, b, metric, component)
    return {
        "a": pair[0],
        "b": pair[1],
        "metric": metric.name,
        "component": component,
        "unit": metric.unit,
        "direction": component_direction(metric.direction, component),
        "headline": component == metric.headline or not component,
        "value_a": _number(a, metric, component),
        "value_b": _number(b, metric, component),
        "difference": found.value,
        "low": found.low,
        "high": found.high,
        "p": found.p,
        "verdict": found.verdict,
        "reason": found.reason or None,
        "n": a.n,
        "n_eff": a.blocks,
        "members": [a.members, b.members],
    }


def _number(run: Scored, metric: Metric, component: str) -> float | None:
    value = run.values[metric.name].get(component)
    return None if value is None or isinstance(value, Null) else value


def _classes(scored: Sequence[Scored], metric: Metric, component: str) -> list[dict[str, Any]]:
    places = find_classes(scored, metric, component)
    return [
        {"metric": metric.name, "component": component, "run": i, "class": place.rank, "leader": place.leader}
        for i, place in places.items()
    ]
