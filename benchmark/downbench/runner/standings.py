"""Classes of all runs of a table, metric by metric, from their stored statistics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from downbench.contracts.metric import Metric
from downbench.errors import DownbenchError, UserError
from downbench.runner.comparison import check_comparable
from downbench.runner.stored import StoredRun, open_run
from downbench.runner.suite import make_metrics
from downbench.scoring.classes import Place, find_classes
from downbench.scoring.paired import score_region

RESAMPLES = 200  # fewer than `bench compare` takes: a table of 20 runs is to be built within seconds


def find_standings(directories: Sequence[Path]) -> dict[tuple[str, str], dict[int, Place]]:
    """Where runs on the same frames stand: (metric, headline component) to run's index to its place.

    Whole domain, whole time. A run whose statistics cannot be read has no place, nor has one in a metric that
    is not registered here or whose version has changed since. Nothing where there can be no intervals.

    Args:
        directories: score directories, best given in one order, since ties go to the first.

    Raises:
        UserError: runs on different frames.
    """
    runs = {i: run for i, path in enumerate(directories) if (run := _readable(path)) is not None}
    if len(runs) < 2:
        return {}
    check_comparable(list(runs.values()))
    numbers = list(runs)
    metrics = [_present_metrics(run) for run in runs.values()]
    scored = [
        score_region(run.statistics, own, run.probabilistic, resamples=RESAMPLES)
        for run, own in zip(runs.values(), metrics, strict=True)
    ]
    if scored[0].no_interval:
        return {}
    standings = {}
    for name, metric in {name: metric for own in metrics for name, metric in own.items()}.items():
        places = {
            numbers[i]: Place(place.rank, numbers[place.leader], place.behind)
            for i, place in find_classes(scored, metric, metric.headline).items()
        }
        if places:
            standings[name, metric.headline] = places
    return standings


def _readable(directory: Path) -> StoredRun | None:
    try:
        run = open_run(directory)
        _ = run.statistics
    except UserError:
        return None
    return run


def _present_metrics(run: StoredRun) -> dict[str, Metric]:
    """Metrics of a run that are registered here, in the version that its statistics have."""
    found = {}
    for name, card in run.run["metrics"].items():
        try:
            metric = make_metrics([f"{card['distribution']}:{name}"]).metrics[name]
        except DownbenchError:
            continue
        if card.get("version", 1) == metric.version and name in run.statistics.keys:
            found[name] = metric
    return found
