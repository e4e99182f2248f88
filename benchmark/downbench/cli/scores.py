"""The table of scores that a command prints when runs have ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from downbench.cli.tables import score_table, terminal_width
from downbench.plugins.session import registry


def print_scores(outcomes: Sequence[Mapping[str, Any]]) -> None:
    """Print a table for each dataset, of each metric's headline over the whole domain and time.

    Args:
        outcomes: of runs, as ``bench run --json`` prints them.
    """
    from downbench.findings.summary import summarise

    metrics = {score["metric"] for outcome in outcomes for score in outcome["scores"]}
    headlines = {name: registry().find("metric", name).load().headline for name in metrics}
    tables = summarise(outcomes, headlines)
    for label, summary in tables.items():
        print(f"\n{label}: {summary.heading}")
        print("\n".join(score_table(summary.methods, summary.rows, terminal_width())))
    if tables:
        print("\n`bench show METRIC` says what a score means, and which way is better.")
