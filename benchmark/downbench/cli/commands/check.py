"""``bench check``: does a method, metric or dataset keep what it promises?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from downbench.cli.options import DataRoot, Json, Settings
from downbench.cli.tables import terminal_width
from downbench.cli.wrapping import wrapped

if TYPE_CHECKING:
    from downbench.plugins.registry import Registration
    from downbench.testing.check import Report

EXAMPLES = (
    "bench check my-method --plugin my_method.py",
    "bench check my-dataset --data-root rain.nc",
    "bench check crps bicubic",
)


def check(
    name: Annotated[
        Optional[list[str]],
        typer.Argument(
            metavar="NAME",
            show_default="all that the plug-in files provide",
            help="Name of a method, metric or dataset, or of a distribution for all that it provides.",
        ),
    ] = None,
    preset: Annotated[
        Optional[str],
        typer.Option(
            metavar="NAME",
            show_default="the quickest",
            help="Preset that methods with presets are checked with.",
        ),
    ] = None,
    set_: Settings = None,
    data_root: DataRoot = None,
    json: Json = False,
) -> tuple[dict[str, Any], int]:
    """Check methods, metrics and datasets of your own.

    A method is fitted and sampled on a little made-up rain, a metric scores forecasts of it, and a dataset is
    opened. Each check that fails is told with the place in the code and what to do; docs/bring/checking.md
    describes them all. The exit code is 1 if a check fails.
    """
    from downbench.testing.author import check_all, find_all

    entries = find_all(name or [])
    reports = []
    for report in check_all(entries, preset, data_root, _settings(set_ or [], entries)):
        reports.append(report)
        if not json:
            print("\n".join(_lines(report, min(terminal_width(), 110))), flush=True)
    ok = all(report.ok for report in reports)
    return {"ok": ok, "reports": [report.as_json() for report in reports]}, int(not ok)


def _settings(texts: list[str], entries: Sequence[Registration]) -> dict[str, dict[str, Any]]:
    """Name to the parameters that ``--set`` gives it."""
    if not texts:
        return {}
    from downbench.suite.request import apply_settings

    specs: dict[str, Any] = {
        f"{kind}s": [{"name": entry.info.name} for entry in entries if entry.info.kind == kind]
        for kind in ("method", "dataset")
    }
    apply_settings(specs, texts)
    return {spec["name"]: spec.get("set", {}) for spec in (*specs["methods"], *specs["datasets"])}


def _lines(report: Report, width: int) -> list[str]:
    """A report for people: what failed first, then in a few lines what passed and what does not apply."""
    lines = [f"{report.kind} {report.name}: {'ok' if report.ok else 'FAILED'}  ({report.at})"]
    for failure in report.failures:
        where = f" ({failure.at})" if failure.at and failure.at not in failure.message else ""
        lines += wrapped(f"FAILED  {failure.check}: {failure.message}{where}", width, "  ", "          ")
        for line in failure.hint.splitlines():
            lines += wrapped(f"        {line.strip()}", width, "  ", "          ")
    for status, title in (("ok", "passed"), ("not reached", "later"), ("not applicable", "n/a")):
        names = [result.check for result in report.results if result.status == status]
        if names:
            lines += wrapped(f"{title:7} {', '.join(names)}", width, "  ", "          ")
    if report.facts:
        facts = ", ".join(f"{fact} {value:g}" for fact, value in report.facts.items())
        lines += wrapped(f"took    {facts}", width, "  ", "          ")
    return lines
