"""``downbench.compare``: paired differences of runs, with intervals and classes, as tables."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from downbench.api.opened import Run
from downbench.api.showing import Shown
from downbench.findings import compare as comparison
from downbench.references.opening import open_named
from downbench.scoring.grid import ALL

_SHOWN = ("first", "second", "metric", "component", "difference", "low", "high", "verdict")


class Comparison(Shown):
    """Paired differences of runs.

    Args:
        result: as ``bench compare --json`` prints it.
        everything: whether all components are shown, and not the headlines only.
    """

    def __init__(self, result: Mapping[str, Any], everything: bool = False) -> None:
        self.result, self._everything = result, everything

    @property
    def title(self) -> str:
        """Between what."""
        return f"downbench comparison of {' and '.join(self.names)}"

    @property
    def names(self) -> list[str]:
        """Of the runs, in their order: the method, with the seed where several runs have its name."""
        runs = self.result["runs"]
        names = [run["name"] for run in runs]
        return [
            f"{name}, seed {run['seed']}" if names.count(name) > 1 else name
            for name, run in zip(names, runs, strict=True)
        ]

    @property
    def runs(self) -> pd.DataFrame:
        """A row for each run."""
        return pd.DataFrame(self.result["runs"])

    @property
    def differences(self) -> pd.DataFrame:
        """A row for each pair, metric and component: ``first`` minus ``second``, interval, p and verdict."""
        frame = pd.DataFrame(self.result["differences"])
        names = dict(enumerate(self.names))
        frame.insert(0, "first", frame["a"].map(names))
        frame.insert(1, "second", frame["b"].map(names))
        numbers = ("value_a", "value_b", "difference", "low", "high", "p")
        return frame.astype(dict.fromkeys(numbers, float))

    @property
    def classes(self) -> pd.DataFrame:
        """Class of each run in each metric; runs that cannot be told apart from the leader share one."""
        frame = pd.DataFrame(
            self.result["classes"], columns=["metric", "component", "run", "class", "leader"]
        )
        return frame.assign(run=frame["run"].map(dict(enumerate(self.names))))

    @property
    def seeds(self) -> pd.DataFrame:
        """Spread over seeds, for methods with several."""
        return pd.DataFrame(self.result["seeds"])

    def facts(self) -> Mapping[str, Any]:
        """On what, and what the intervals are."""
        result = self.result
        intervals = (
            f"none: {result['no_interval']}"
            if result["no_interval"]
            else f"{result['level']:.0%}, from {result['resamples']} paired resamples"
        )
        return {
            "frames": f"{result['n']} time steps, {result['n_eff']} resampling blocks",
            "region, season": f"{result['region']}, {result['season']}",
            "coarse and fine rain": result["relation"],
            "intervals": intervals,
        }

    def shown(self) -> pd.DataFrame:
        """Differences of the headlines, or of all components of metrics that were named."""
        frame = self.differences
        chosen = frame if self._everything else frame[frame["headline"]]
        shown = chosen[list(_SHOWN)].reset_index(drop=True)
        return shown.drop(columns=[name for name in _SHOWN[5:] if shown[name].isna().all()])


def compare(
    *runs: Run | str | os.PathLike[str],
    metric: str | Sequence[str] | None = None,
    region: str = ALL,
    season: str = ALL,
) -> Comparison:
    """Compare runs on the same frames by paired differences with intervals, as ``bench compare`` does.

    Args:
        runs: two or more, opened or by their directories; ``ref:METHOD`` is a reference on these frames.
        metric: show only this, with all its components, or several; headlines of all by default.
        region: one of the stored regions.
        season: one of the stored seasons.

    Raises:
        UserError: fewer than two runs, runs that may not be compared, or something that they lack.
    """
    names = [metric] if isinstance(metric, str) else list(metric or [])
    opened = open_named([run.stored if isinstance(run, Run) else os.fspath(run) for run in runs])
    result = comparison.compare(opened, names, region, season)
    return Comparison(result, everything=bool(names))
