"""Headline scores of one row of a table: runs that differ in nothing but the seed, taken together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.metric import Metric
from downbench.contracts.statistic import Null
from downbench.errors import DownbenchError, UserError
from downbench.findings.kept_scores import kept_parts, kept_scores
from downbench.findings.stored_run import StoredRun
from downbench.pipeline.metric_set import make_metrics
from downbench.scoring.inference.paired import Scored, component_direction, score_region
from downbench.scoring.inference.seeds import over_seeds
from downbench.store.resamples import Part
from downbench.store.scored_frames import identity_of

Seen = dict[tuple[str, str], Metric | None]  # by distribution and name; None is not registered here
PartDraws = Mapping[Part, tuple[int, Mapping[str, NDArray[np.float64]]]]


@dataclass(frozen=True)
class RowScores:
    """What a table needs of a row.

    Args:
        frames: identity of the frames that its runs were scored on.
        scored: over the whole domain and time; None where nothing can be read.
        metrics: that are registered here in the version that a run has, by name.
        parts: region and season to the blocks in it, and to resampled headlines by metric.
    """

    frames: str
    scored: Scored | None
    metrics: Mapping[str, Metric]
    parts: PartDraws = field(default_factory=dict)


def read_row(runs: Sequence[StoredRun], seen: Seen, parts: bool = False) -> RowScores:
    """Scores of a row: means over its runs, and seeds are drawn anew in each resample as the weather is.

    Args:
        runs: of the row, at least one, on the same frames.
        seen: metrics that were looked up, to which others are added.
        parts: read what is kept of regions and seasons too.
    """
    present = [present_metrics(_cards(run), seen) for run in runs]
    scores = [one for run, own in zip(runs, present, strict=True) if (one := _scored(run, own)) is not None]
    metrics = {name: metric for own in present for name, metric in own.items()} if scores else {}
    scored = _mean_over_seeds(scores, metrics, _name(runs)) if scores else None
    own_parts = _parts(runs, metrics) if parts and scored is not None else {}
    return RowScores(identity_of(runs[0].record), scored, metrics, own_parts)


Card = tuple[str, str, int]  # distribution, name and version of a metric


def _cards(run: StoredRun) -> list[Card]:
    return [(card.distribution, name, card.version) for name, card in run.record.metrics.items()]


def present_metrics(cards: Sequence[Card], seen: Seen) -> dict[str, Metric]:
    """Metrics of a run that are registered here, in the version that it has."""
    present = {}
    for distribution, name, version in cards:
        key = distribution, name
        if key not in seen:
            try:
                seen[key] = make_metrics([":".join(key)]).metrics[name]
            except DownbenchError:
                seen[key] = None
        metric = seen[key]
        if metric is not None and version == metric.version:
            present[name] = metric
    return present


def _name(runs: Sequence[StoredRun]) -> str:
    """What draws of seeds follow from: others for each row, the same wherever the row stands."""
    return " ".join(run.record.keys.sample for run in runs)


def _parts(runs: Sequence[StoredRun], metrics: Mapping[str, Metric]) -> PartDraws:
    kept = [kept_parts(run) for run in runs]
    parts: dict[Part, tuple[int, dict[str, NDArray[np.float64]]]] = {}
    for part in sorted(set(kept[0]).intersection(*kept)):
        blocks = _blocks_of(runs[0], part)
        for name in sorted(set(kept[0][part]).intersection(metrics, *(one[part] for one in kept))):
            metric = metrics[name]
            zero = component_direction(metric.direction, metric.headline) == "zero"
            draws = [np.abs(one[part][name]) if zero else one[part][name] for one in kept]
            mean = draws[0] if len(draws) == 1 else over_seeds(draws, _name(runs))
            parts.setdefault(part, (blocks, {}))[1][name] = mean
    return parts


def _blocks_of(run: StoredRun, part: Part) -> int:
    """Resampling blocks in a region or season, which all scores of it share."""
    counts = (row.n_eff for row in run.record.scores if (row.region, row.season) == part)
    return next((count for count in counts if count), 2)


def _scored(run: StoredRun, metrics: Mapping[str, Metric]) -> Scored | None:
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


def _mean_over_seeds(scores: Sequence[Scored], metrics: Mapping[str, Metric], name: str) -> Scored:
    """Scores of one row: means over its runs, of sizes where zero is best, so that signs do not cancel."""
    if len(scores) == 1:
        return scores[0]
    no_interval = next((one.no_interval for one in scores if one.no_interval), "")
    values: dict[str, dict[str, float | Null]] = {}
    drawn: dict[str, dict[str, NDArray[np.float64]]] = {}
    for metric in metrics.values():
        own = [one.values.get(metric.name, {}).get(metric.headline) for one in scores]
        draws = [one.drawn.get(metric.name, {}).get(metric.headline) for one in scores]
        numbers = [value for value in own if value is not None and not isinstance(value, Null)]
        arrays = [array for array in draws if array is not None]
        if len(numbers) < len(scores) or (len(arrays) < len(scores) and not no_interval):
            values[metric.name] = {metric.headline: Null("a seed has no value")}
            continue
        zero = component_direction(metric.direction, metric.headline) == "zero"
        arrays = [np.abs(array) if zero else array for array in arrays]
        values[metric.name] = {metric.headline: float(np.mean(np.abs(numbers) if zero else numbers))}
        if not no_interval:
            drawn[metric.name] = {metric.headline: over_seeds(arrays, name)}
    first = scores[0]
    return Scored(values, drawn, first.members, first.blocks, first.block, first.n, no_interval)
