"""Running a study: every method once, the leading ones with more seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from downbench.contracts.configuration import PRESETS
from downbench.contracts.study import Study
from downbench.errors import UserError
from downbench.plugins.session import registry
from downbench.suite.request import apply_settings, build_suite
from downbench.suite.resolve import make_dataset
from downbench.suite.suite import Outcome, run_suite


def run_study(
    study: Study,
    request: Mapping[str, Any],
    settings: list[str],
    seeds: list[int],
    leading: int,
    runs: Path,
    report: Callable[[Outcome], None],
    say: Callable[[str], None] = lambda text: None,
    times: Sequence[float] = (1.0,),
) -> list[Outcome]:
    """Run every method with the first seed, and the reference and the best others with all seeds.

    Args:
        request: keys of a suite but methods and seeds.
        settings: ``name.key=value``, of methods or the dataset.
        leading: how many methods, the reference among them, get all seeds.
        say: is told about how long it will take, before it begins.
        times: budgets as multiples of the preset's; beyond the first, only methods that have one run again,
            and no controls.

    Returns:
        Outcomes, each with its ``times``; finished runs are not computed again.

    Raises:
        UserError: the study has nothing that grows with a budget.
    """
    if tuple(times) != (1.0,) and not study.scaled:
        raise UserError("nothing of this study grows with the budget", "leave out --times")
    outcomes = []
    for number, factor in enumerate(times):
        methods = [study.reference, *study.questions]
        asked = dict(request)
        if number:
            methods = [name for name in methods if name in study.scaled]
            asked["controls"] = False
        one = _At(study, asked, settings, runs, report, say, factor)
        outcomes += [{**outcome, "times": factor} for outcome in _with_seeds(one, methods, seeds, leading)]
    return outcomes


@dataclass(frozen=True)
class _At:
    """A study at one budget."""

    study: Study
    request: Mapping[str, Any]
    settings: list[str]
    runs: Path
    report: Callable[[Outcome], None]
    say: Callable[[str], None]
    times: float

    def run(self, methods: list[str], seeds: list[int], controls: bool = True) -> list[Outcome]:
        content = {**deepcopy(dict(self.request)), "methods": [], "seeds": seeds}
        if not controls:
            content["controls"] = False
        if not self._are_all(methods) and not _has_preset(methods, content.get("preset")):
            content.pop("preset", None)  # which others of the study have
        content["methods"] = [{"name": name, "set": dict(self.study.settings)} for name in methods]
        apply_settings(content, self._settings_of(methods))
        if self.times != 1:
            factor = make_dataset(build_suite(content).datasets[0]).factor
            for method in content["methods"]:
                method["set"] |= self.scaled(method, factor)
        return run_suite(build_suite(content), self.runs, None, self.report, self.say)

    def _are_all(self, methods: list[str]) -> bool:
        return len(methods) == 1 + len(self.study.questions)

    def _settings_of(self, methods: list[str]) -> list[str]:
        """All settings where all methods run, so that one that names nothing is refused."""
        if self._are_all(methods):
            return self.settings
        names = (*methods, self.request["datasets"][0]["name"])
        return [setting for setting in self.settings if setting.startswith(tuple(f"{n}." for n in names))]

    def scaled(self, method: Mapping[str, Any], factor: int) -> dict[str, Any]:
        """Parameters of a method at this budget: multiples of what is set, or of its preset at a factor."""
        keys = self.study.scaled.get(method["name"], ())
        usual = _usual(method["name"], self.request.get("preset", ""), factor) | method["set"]
        bases = {key: usual[key] for key in keys}
        return {key: round(base * self.times) for key, base in bases.items() if base is not None}


def _has_preset(methods: list[str], preset: str | None) -> bool:
    """Whether a suite of these methods takes a preset."""
    if preset is None or preset in PRESETS:
        return True
    return any(preset in registry().find("method", name).load().presets for name in methods)


def _usual(method: str, preset: str, factor: int) -> dict[str, Any]:
    """Parameters of a method that nobody set."""
    cls = registry().find("method", method).load()
    fields = cls.Config.model_fields.items()
    usual = {key: field.get_default(call_default_factory=True) for key, field in fields}
    if preset in cls.presets:
        usual |= {**cls.presets[preset], **cls.preset_at(preset, factor)}
    return usual


def _with_seeds(one: _At, methods: list[str], seeds: list[int], leading: int) -> list[Outcome]:
    outcomes = one.run(methods, seeds[:1])
    if len(seeds) == 1:
        return outcomes
    first = one.study.metrics[0]
    scores = {o["method"]: value(o, first) for o in outcomes if o.get("track") is None}
    ranked = sorted((m for m in methods[1:] if scores.get(m) is not None), key=lambda m: scores[m] or 0.0)
    # a suite runs its controls once, which they have
    return outcomes + one.run([one.study.reference, *ranked[: leading - 1]], seeds[1:], controls=False)


def split(column: str) -> tuple[str, str]:
    """Metric and component of a column."""
    metric, _, component = column.partition(" ")
    return metric, component


def value(outcome: Outcome, column: str) -> float | None:
    """A finished run's score of the whole domain and period."""
    wanted = (*split(column), "all", "all")
    for score in outcome["scores"]:
        if (score["metric"], score["component"], score["region"], score["season"]) == wanted:
            number: float | None = score["value"]
            return number
    return None
