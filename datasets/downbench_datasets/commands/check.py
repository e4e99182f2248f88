"""``bench data check``: whether data are what they seem to be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from downbench import atomic_file
from downbench_datasets.commands.options import Data, Json, Root, Set, settings_of

EXAMPLES = ("bench data check rain.nc", "bench data check haduk-12km --html report.html")


def check(
    data: Data,
    data_root: Root = None,
    set_: Set = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write a page of what was found.")
    ] = None,
    json: Json = False,
) -> tuple[dict[str, Any], int]:
    """Check whether data are what they seem to be.

    Units, calendar, gaps, duplicates, coverage, negatives, spikes and orientation are checked, and the coarse
    side against the fine one.

    Each check has a verdict: ok, note for what you should know, wrong for what makes results worthless. The
    exit code is 1 if one is wrong.
    """
    from downbench_datasets.looking.check import check as check_target
    from downbench_datasets.looking.check import worst
    from downbench_datasets.looking.report import html_page, text_lines
    from downbench_datasets.looking.target import target_of

    target = target_of(data, data_root, settings_of(set_))
    findings = check_target(target)
    if html is not None:
        with atomic_file(html) as temporary:
            temporary.write_text(html_page(target.label, findings), encoding="utf-8")
    if not json:
        print("\n".join(text_lines(findings)))
    verdict = worst(findings)
    payload = {"data": target.label, "verdict": verdict, "findings": [each.as_json() for each in findings]}
    return payload, int(verdict == "wrong")
