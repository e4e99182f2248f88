"""The table of scores that a command prints when runs have ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from downbench.cli.tables import score_table, terminal_width
from downbench.cli.wrapping import wrapped
from downbench.plugins.session import registry


def print_scores(outcomes: Sequence[Mapping[str, Any]]) -> None:
    """Print a table for each dataset, of each metric's headline over the whole domain and time.

    Scores that no run has a value of are named below it.

    Args:
        outcomes: of runs, as ``bench run --json`` prints them.
    """
    from downbench.findings.summary import summarise

    metrics = {score["metric"] for outcome in outcomes for score in outcome["scores"]}
    headlines = {name: registry().find("metric", name).load().headline for name in metrics}
    tables = summarise(outcomes, headlines)
    for label, summary in tables.items():
        print(f"\n{label}: {summary.heading}")
        if summary.notes:
            print(_remark("; ".join(summary.notes), terminal_width()))
        valued = {title: values for title, values in summary.rows.items() if set(values) != {None}}
        print("\n".join(score_table(summary.methods, valued, terminal_width())))
        if empty := [title for title in summary.rows if title not in valued]:
            print("\n" + _without_value(empty, terminal_width()))
    if tables:
        print("\n`bench show METRIC` says what a score means, and which way is better.")


def _remark(text: str, width: int) -> str:
    """What to know of the data, below the heading of a table."""
    return "\n".join(wrapped(f"({text})", max(width, 40), others=" "))


def _without_value(titles: Sequence[str], width: int) -> str:
    names = ", ".join(title.partition(" [")[0] for title in titles)
    return "\n".join(wrapped(f"Without a value here (--json says why of each): {names}.", max(width, 40)))
