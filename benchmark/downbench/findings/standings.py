"""Classes of all rows of a table, metric by metric; a row holds runs that differ in nothing but the seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.errors import DownbenchError, UserError
from downbench.findings.compare import check_frames
from downbench.findings.kept_scores import kept_parts, kept_scores
from downbench.findings.stored_run import StoredRun, open_run
from downbench.scoring.inference.bootstrap import interval_reach, p_values
from downbench.scoring.inference.classes import LEVEL, Standing, find_classes, holm
from downbench.scoring.inference.paired import Scored, component_direction, score_region
from downbench.scoring.inference.seeds import over_seeds
from downbench.store.resamples import Part
from downbench.suite.resolve import make_metrics

_Metrics = dict[tuple[str, str], Metric | None]
Column = tuple[str, str]  # name of a metric, and its headline component


@dataclass(frozen=True)
class Standings:
    """Where rows stand, over the whole domain and the whole time.

    Args:
        places: column to a row's index to its standing; empty where there are no intervals.
        drawn: column to a row's index to its resampled values (resample,), of distances from zero where
            that is best. Those of two rows are paired.
        blocks: resampling blocks in the record.
        block: time bins in a block.
        parts: (region, season) to what ``drawn`` holds for that region or season, and the blocks in it; of
            the rows whose runs all keep it.
    """

    places: Mapping[Column, Mapping[int, Standing]] = field(default_factory=dict)
    drawn: Mapping[Column, Mapping[int, NDArray[np.float64]]] = field(default_factory=dict)
    blocks: int = 2
    block: int = 1
    parts: Mapping[Part, tuple[int, Mapping[Column, Mapping[int, NDArray[np.float64]]]]] = field(
        default_factory=dict
    )

    def reach(self, comparisons: int = 1) -> float:
        """Half the width of a 95 % interval in standard deviations of a difference of resampled values.

        Args:
            comparisons: that are adjusted for (Bonferroni; step by step, so does Holm).
        """
        return interval_reach(self.blocks, self.block, 1 - LEVEL / comparisons)

    def told_apart(self, column: Column, row: int, sizes: Mapping[int, float]) -> dict[int, bool]:
        """Which rows can be told from one: the rule of :func:`downbench.findings.one_against_many.against`.

        Adjusted for the number of comparisons (Holm). Empty where the row has no resampled values.

        Args:
            column: by which one.
            row: index of the row.
            sizes: value by row; the distance from zero where that is best.
        """
        drawn = self.drawn.get(column, {})
        others = [other for other in drawn if other != row and other in sizes]
        if row not in drawn or row not in sizes or not others:
            return {}
        differences = drawn[row] - np.stack([drawn[other] for other in others])
        values = sizes[row] - np.array([sizes[other] for other in others])
        p = holm(p_values(values, differences, self.blocks, self.block))
        return {other: bool(p[i] < LEVEL) for i, other in enumerate(others)}


def find_standings(rows: Sequence[Sequence[Path]], parts: bool = False) -> Standings:
    """Where the rows of a table stand whose runs were scored on the same frames.

    A row's value is the mean over its runs, and seeds are drawn anew in each resample as the weather is. A
    run has no standing if its scores or statistics cannot be read. It has none in a metric that is not
    registered here or whose version has changed since.

    Args:
        rows: score directories of each row, always in the same order, since ties go to the first.
        parts: read what is kept of regions and seasons too.

    Raises:
        UserError: runs on different frames, or whose time bins differ.
    """
    opened: dict[int, list[StoredRun]] = {}

    def opening() -> Iterator[list[StoredRun]]:
        for number, row in enumerate(rows):
            runs = [run for path in row if (run := _readable(path)) is not None]
            if parts and runs:
                opened[number] = runs
            yield runs

    scored, metrics = score_rows(opening())
    if len(scored) < 2 or any(one.no_interval for one in scored.values()):
        return Standings()
    numbers, places, drawn = list(scored), {}, {}
    for name, metric in metrics.items():
        column = name, metric.headline
        by_run = find_classes(list(scored.values()), metric, metric.headline)
        if by_run:
            places[column] = {
                numbers[i]: Standing(standing.rank, numbers[standing.leader], standing.behind)
                for i, standing in by_run.items()
            }
            drawn[column] = {numbers[i]: _distances(scored[numbers[i]], metric) for i in by_run}
    one = next(iter(scored.values()))
    own_parts = _parts({number: runs for number, runs in opened.items() if number in scored}, metrics)
    return Standings(places, drawn, one.blocks or 2, one.block, own_parts)


_Drawn = dict[Column, dict[int, NDArray[np.float64]]]


def _parts(
    rows: Mapping[int, Sequence[StoredRun]], metrics: Mapping[str, Metric]
) -> dict[Part, tuple[int, _Drawn]]:
    """Regions and seasons of all rows, as :class:`Standings` holds them."""
    parts: dict[Part, tuple[int, _Drawn]] = {}
    for number, runs in rows.items():
        kept = [kept_parts(run) for run in runs]
        for part in set(kept[0]).intersection(*kept):
            blocks = _blocks_of(runs[0], part)
            for name in set(kept[0][part]).intersection(metrics, *(one[part] for one in kept)):
                metric = metrics[name]
                zero = component_direction(metric.direction, metric.headline) == "zero"
                draws = [np.abs(one[part][name]) if zero else one[part][name] for one in kept]
                mean = draws[0] if len(draws) == 1 else over_seeds(draws, f"row {number}")
                column = parts.setdefault(part, (blocks, {}))[1].setdefault((name, metric.headline), {})
                column[number] = mean
    return parts


def _blocks_of(run: StoredRun, part: Part) -> int:
    """Resampling blocks in a region or season, which all scores of it share."""
    counts = (row.n_eff for row in run.record.scores if (row.region, row.season) == part)
    return next((count for count in counts if count), 2)


def score_rows(rows: Iterable[Sequence[StoredRun]]) -> tuple[dict[int, Scored], dict[str, Metric]]:
    """Headline scores of rows of a table, over the whole domain and time.

    A row's value is the mean over its runs, and seeds are drawn anew in each resample as the weather is.

    Args:
        rows: runs of each row, on the same frames; they are gone through once, one by one.

    Returns:
        Scores by the number of the row, of rows that can be read; and the metrics that are registered here
        in the version that a run has, by name.

    Raises:
        UserError: runs on different frames, or whose time bins differ.
    """
    seen: _Metrics = {}
    first: StoredRun | None = None
    scored: dict[int, Scored] = {}
    metrics: dict[str, Metric] = {}
    for number, runs in enumerate(rows):
        first = first or (runs[0] if runs else None)
        if first is not None:
            check_frames([first, *runs])
        present = [_present_metrics(run, seen) for run in runs]
        scores = [
            one for run, own in zip(runs, present, strict=True) if (one := _scored(run, own)) is not None
        ]
        if scores:
            scored[number] = _mean_over_seeds(scores, seen, f"row {number}")
            metrics |= {name: metric for own in present for name, metric in own.items()}
    if not any(one.no_interval for one in scored.values()):
        _check_blocks(list(scored.values()))
    return scored, metrics


def _distances(scored: Scored, metric: Metric) -> NDArray[np.float64]:
    drawn = scored.drawn[metric.name][metric.headline]
    return np.abs(drawn) if component_direction(metric.direction, metric.headline) == "zero" else drawn


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
    """A run's headline scores over the whole domain and time, as :func:`score_region` gives them.

    From what is kept, if it has all these metrics; else from the statistics, which takes some thousand times
    longer.

    Raises:
        UserError: statistics are needed and cannot be read.
    """
    columns = {name: metric.headline for name, metric in metrics.items()}
    kept = kept_scores(run, metrics, columns)
    if kept is not None:
        return kept
    stored = {name: metric for name, metric in metrics.items() if name in run.statistics.keys}
    return score_region(run.statistics, stored, run.probabilistic)


def _mean_over_seeds(scores: Sequence[Scored], seen: _Metrics, name: str) -> Scored:
    """Scores of one row: means over its runs, of sizes where zero is best, so that signs do not cancel."""
    if len(scores) == 1 or any(one.no_interval for one in scores):
        return scores[0]
    values: dict[str, dict[str, float | Null]] = {}
    drawn: dict[str, dict[str, NDArray[np.float64]]] = {}
    for metric in (metric for metric in seen.values() if metric is not None):
        own = [one.values.get(metric.name, {}).get(metric.headline) for one in scores]
        draws = [one.drawn.get(metric.name, {}).get(metric.headline) for one in scores]
        numbers = [value for value in own if value is not None and not isinstance(value, Null)]
        arrays = [array for array in draws if array is not None]
        if len(numbers) < len(scores) or len(arrays) < len(scores):
            values[metric.name] = {metric.headline: Null("a seed has no value")}
            continue
        zero = component_direction(metric.direction, metric.headline) == "zero"
        arrays = [np.abs(array) if zero else array for array in arrays]
        values[metric.name] = {metric.headline: float(np.mean(np.abs(numbers) if zero else numbers))}
        drawn[metric.name] = {metric.headline: over_seeds(arrays, name)}
    first = scores[0]
    return Scored(values, drawn, first.members, first.blocks, first.block, first.n, "")


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
