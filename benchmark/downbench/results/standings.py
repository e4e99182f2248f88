"""Classes of all runs of a table, metric by metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.errors import DownbenchError, UserError
from downbench.results.compare import check_frames
from downbench.results.stored_run import StoredRun, open_run
from downbench.scoring.grid import ALL
from downbench.scoring.inference.classes import Standing, find_classes
from downbench.scoring.inference.paired import Scored, score_region
from downbench.store.resamples import load_resamples
from downbench.store.run_directory import RESAMPLES
from downbench.suite.resolve import make_metrics

_Metrics = dict[tuple[str, str], Metric | None]


def find_standings(directories: Sequence[Path]) -> dict[tuple[str, str], dict[int, Standing]]:
    """Where runs on the same frames stand, over the whole domain and the whole time.

    A run has no standing if its scores or statistics cannot be read. It has none in a metric that is not
    registered here or whose version has changed since.

    Returns:
        (metric, headline component) to a run's index to its standing; empty where there are no intervals.

    Args:
        directories: score directories, always in the same order, since ties go to the first.

    Raises:
        UserError: runs on different frames, or whose time bins differ.
    """
    runs = {i: run for i, path in enumerate(directories) if (run := _readable(path)) is not None}
    if len(runs) < 2:
        return {}
    check_frames(list(runs.values()))
    seen: _Metrics = {}
    metrics = {i: _present_metrics(run, seen) for i, run in runs.items()}
    scored = {i: one for i, run in runs.items() if (one := _scored(run, metrics[i])) is not None}
    if len(scored) < 2 or any(one.no_interval for one in scored.values()):
        return {}
    _check_blocks(list(scored.values()))
    numbers, standings = list(scored), {}
    for name, metric in {name: metric for i in numbers for name, metric in metrics[i].items()}.items():
        by_run = {
            numbers[i]: Standing(standing.rank, numbers[standing.leader], standing.behind)
            for i, standing in find_classes(list(scored.values()), metric, metric.headline).items()
        }
        if by_run:
            standings[name, metric.headline] = by_run
    return standings


def _readable(directory: Path) -> StoredRun | None:
    try:
        return open_run(directory)
    except UserError:
        return None


def _scored(run: StoredRun, metrics: dict[str, Metric]) -> Scored | None:
    try:
        return _score_whole(run, metrics)
    except UserError:
        return None


def _score_whole(run: StoredRun, metrics: Mapping[str, Metric]) -> Scored:
    """A run's scores over the whole domain and time, as :func:`score_region` gives them.

    From what is kept, if it has all these metrics; else from the statistics, which takes some thousand times
    longer.

    Raises:
        UserError: statistics are needed and cannot be read.
    """
    drawn = load_resamples(run.directory, run.record.files.get(RESAMPLES))
    block = run.record.dataset.block_bins
    if block is None or not metrics.keys() <= drawn.keys():
        known = {name: metric for name, metric in metrics.items() if name in run.statistics.keys}
        return score_region(run.statistics, known, run.probabilistic)
    rows = [row for row in run.record.scores if row.region == row.season == ALL]
    values: dict[str, dict[str, float | Null]] = {name: {} for name in metrics}
    for row in rows:
        if row.metric in values:
            null = Null(row.reason or "no value")
            values[row.metric][row.component] = null if row.value is None else row.value
    return Scored(
        values=values,
        drawn=drawn,
        members=run.record.members,
        blocks=rows[0].n_eff,
        block=block,
        n=run.record.frames.n,
        no_interval="",
    )


def _present_metrics(run: StoredRun, seen: _Metrics) -> dict[str, Metric]:
    """Metrics of a run that are registered here, in the version that it has; ``seen`` is what was seen."""
    present = {}
    for name, card in run.record.metrics.items():
        key = card.distribution, name
        if key not in seen:
            try:
                seen[key] = make_metrics([":".join(key)]).metrics[name]
            except DownbenchError:
                seen[key] = None
        metric = seen[key]
        if metric is not None and card.version == metric.version:
            present[name] = metric
    return present


def _check_blocks(scored: Sequence[Scored]) -> None:
    if len({(one.n, one.blocks) for one in scored}) > 1:
        raise UserError(
            "the runs were scored on the same frames, but differ in their time bins",
            "score all again with one release: `bench run`",
        )
