"""The page of one run: everything that its record says, and nothing that another run's does."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from downbench import repeat_command
from downbench_leaderboard.boards.columns import unit_power
from downbench_leaderboard.boards.costs import cost_of, members_of
from downbench_leaderboard.boards.payload import no_intervals
from downbench_leaderboard.pages.render import render
from downbench_leaderboard.records.addresses import dataset_page, method_page, metric_page
from downbench_leaderboard.records.reading import Reading
from downbench_leaderboard.records.schema import Run

_WORDS = ("metric", "component", "region", "season", "unit", "reason")
_NUMBERS = ("value", "low", "high", "n", "n_eff", "members")


def run_page(reading: Reading) -> str:
    """The page of a run as it was read."""
    entry, run, maps = reading.entry, reading.entry.run, reading.maps
    return render(
        "run.html",
        ("core.js", "charts.js", "run.js"),
        root="../",
        title=f"{run.method.title or run.method.name} on {run.dataset.shown}",
        entry=entry,
        run=run,
        maps=None if isinstance(maps, str) else maps,
        no_maps=maps if isinstance(maps, str) else "",
        cost=cost_of(run),
        members=members_of(run),
        no_intervals=no_intervals([run]),
        repeat=repeat_command(run),
        method_page=method_page(*entry.maker),
        dataset_page=dataset_page(run.dataset.shown, run.dataset.fingerprint),
        payload=_payload(run),
    )


def _payload(run: Run) -> dict[str, Any]:
    """Scores as lists of numbers, and of indices into the texts that many of them share."""
    texts: dict[str, int] = {}
    own_units = {metric: card.unit for metric, card in run.metrics.items()}
    numbers_of = attrgetter(*_NUMBERS)
    scores, units = [], set()
    for score in run.scores:
        unit = score.unit or own_units.get(score.metric, "")
        units.add(unit)
        words = (score.metric, score.component, score.region, score.season, unit, score.reason)
        scores.append([*[texts.setdefault(word, len(texts)) for word in words], *numbers_of(score)])
    return {
        "fields": [*_WORDS, *_NUMBERS],
        "words": len(_WORDS),
        "texts": list(texts),
        "scores": scores,
        "powers": {unit: power for unit in sorted(units) if (power := unit_power(unit))},
        "pages": {name: metric_page(card.distribution, name) for name, card in run.metrics.items()},
        "curves": {name: curve.model_dump() for name, curve in run.curves.items()},
        "colour": "m0",
    }
