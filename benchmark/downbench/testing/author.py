"""Checks of methods, metrics and datasets by their names: for authors' own tests, and for ``bench check``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from downbench.errors import DownbenchError, UserError
from downbench.plugins.loading import BUILTIN
from downbench.plugins.registry import Registration
from downbench.plugins.session import configure, options, registry
from downbench.testing.check import Report, Result
from downbench.testing.datasets.checks import report_on_dataset
from downbench.testing.methods.checks import report_on_method
from downbench.testing.methods.elsewhere import FreshProcess
from downbench.testing.metrics.checks import report_on_metrics

KINDS = ("method", "metric", "dataset")
Settings = Mapping[str, Any]


class CheckFailed(AssertionError):
    """Somebody's method, metric or dataset does not pass its checks; ``report`` has all of them."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.text())
        self.report = report


def check_method(
    name: str, plugin: str | Path | None = None, preset: str | None = None, settings: Settings | None = None
) -> Report:
    """Check a method, as its author's own test: ``check_method("mine")``.

    Args:
        name: of a method that is installed, or that ``plugin`` declares.
        plugin: a plug-in file.
        preset: to check with; by default the quickest that there is.
        settings: parameters that differ from the preset's.

    Raises:
        CheckFailed: names each check that failed, the place and the remedy.
        UserError: there is no such method, or its configuration cannot be made.
    """
    entry = _entry("method", name, plugin)
    with FreshProcess() as process:
        return _passed(report_on_method(entry, process, preset, settings))


def check_metric(name: str, plugin: str | Path | None = None) -> Report:
    """Check a metric, as its author's own test: ``check_metric("mine")``.

    Args:
        name: of a metric that is installed, or that ``plugin`` declares.
        plugin: a plug-in file.

    Raises:
        CheckFailed: names each check that failed, the place and the remedy.
        UserError: there is no such metric.
    """
    entry = _entry("metric", name, plugin)
    return _passed(report_on_metrics({entry.info.name: entry})[0])


def check_dataset(
    name: str,
    plugin: str | Path | None = None,
    root: str | Path | None = None,
    settings: Settings | None = None,
) -> Report:
    """Check a dataset, as its author's own test: ``check_dataset("mine", root="rain.nc")``.

    Args:
        name: of a dataset that is installed, or that ``plugin`` declares; or the path of a card.
        plugin: a plug-in file.
        root: file or folder of the data, where it needs one.
        settings: parameters that differ from their defaults.

    Raises:
        CheckFailed: names each check that failed, the place and the remedy.
        UserError: there is no such dataset.
    """
    entry = _entry("dataset", name, plugin)
    return _passed(report_on_dataset(entry, None if root is None else Path(root), settings))


def _passed(report: Report) -> Report:
    if not report.ok:
        raise CheckFailed(report)
    return report


def _entry(kind: str, name: str, plugin: str | Path | None) -> Registration:
    """Find it; a plug-in file is loaded besides those that are."""
    if plugin is not None:
        chosen, path = options(), str(Path(plugin).absolute())
        if path not in chosen.files:
            files = (*map(Path, chosen.files), Path(path))
            configure(files, chosen.builtins_only, chosen.allowed)
    return registry().find(kind, name)


def find_all(names: Sequence[str]) -> list[Registration]:
    """What is to be checked: all that bears one of these names, or that a distribution of that name provides.

    Without a name, all that the plug-in files provide.

    Raises:
        UserError: there is nothing of a name; says what is near it.
    """
    every = [entry for kind in KINDS for entry in registry().entries(kind)]
    if not names:
        mine = [entry for entry in every if entry.file is not None]
        if not mine:
            raise UserError(*_nothing())
        return mine
    chosen: list[Registration] = []
    for name in names:
        matching = [e for e in every if name in (e.info.name, e.full_name, e.distribution)]
        if not matching and name.lower().endswith((".yaml", ".yml")):
            matching = [registry().find("dataset", name)]
        if not matching:
            names = [entry.info.name for entry in every]
            raise registry().unknown("no method, metric or dataset", name, names)
        chosen += [entry for entry in matching if entry not in chosen]
    return chosen


def _nothing() -> tuple[str, str]:
    if options().files:
        return (
            f"{', '.join(options().files)} declares no method, metric or dataset",
            "write @hookimpl above def downbench_methods() and return a list of downbench.MethodInfo",
        )
    return "nothing to check was named", "for example: bench check my-method --plugin my_method.py"


def check_all(
    entries: Sequence[Registration],
    preset: str | None = None,
    root: Path | None = None,
    settings: Mapping[str, Settings] | None = None,
) -> Iterator[Report]:
    """Check registered methods, metrics and datasets, one after the other.

    Args:
        entries: of any kind.
        preset: of the methods.
        root: of the datasets.
        settings: name to parameters that differ from their defaults.

    Raises:
        UserError: a preset, and no method.
    """
    given = settings or {}
    if preset is not None and all(entry.info.kind != "method" for entry in entries):
        raise UserError(f"preset {preset!r} is of no method that is checked", "leave it out")
    with FreshProcess() as process:
        for entry in entries:
            own = dict(given.get(entry.info.name, {}))
            try:
                if entry.info.kind == "method":
                    yield report_on_method(entry, process, preset, own)
                elif entry.info.kind == "dataset":
                    yield report_on_dataset(entry, root, own)
            except DownbenchError as error:
                yield _refused(entry, error)
    yield from _metric_reports([entry for entry in entries if entry.info.kind == "metric"])


def _metric_reports(entries: Sequence[Registration]) -> Iterator[Report]:
    """Built-in metrics share their scenes; one of a third party is scored alone."""
    together = {entry.info.name: entry for entry in entries if entry.distribution == BUILTIN}
    if together:
        yield from report_on_metrics(together)
    for entry in entries:
        if entry.distribution != BUILTIN:
            try:
                yield from report_on_metrics({entry.info.name: entry})
            except DownbenchError as error:
                yield _refused(entry, error)


def _refused(entry: Registration, error: DownbenchError) -> Report:
    """The report on what cannot even be loaded or made."""
    at = str(entry.file or entry.info.target)
    result = Result("loads", "failed", error.message, at, error.hint)
    return Report(entry.info.kind, entry.info.name, at, (result,))
