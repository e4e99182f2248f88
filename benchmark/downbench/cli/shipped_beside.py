"""Finished runs beside the references that packages bring, after the command that made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from downbench.cli.tables import terminal_width
from downbench.cli.wrapping import wrapped


def show_references(outcomes: Sequence[Mapping[str, Any]], json: bool) -> list[dict[str, Any]]:
    """Show finished runs beside the references of the same frames.

    Args:
        outcomes: of runs, as ``bench run --json`` prints them.
        json: whether nothing is printed.

    Returns:
        What ``--json`` prints of the references; empty where tables were printed.
    """
    from downbench.references.finding import NONE_INSTALLED
    from downbench.references.shipped import all_references

    shipped = all_references()
    if not shipped:
        if not json:
            print(f"\nYour scores beside everybody's? {NONE_INSTALLED}")
        return []
    from downbench.cli.beside import lines, of_other_sizes, without_table
    from downbench.findings.stored_run import open_run
    from downbench.references.beside import as_json, tables_of

    runs = [open_run(Path(one["directory"])) for one in outcomes if one["status"] == "finished"]
    tables = tables_of(runs, shipped)
    if json:
        return [as_json(table) for table in tables]
    for table in tables:
        print("\n" + "\n".join(lines(table, terminal_width())))
    for sentence in without_table(runs, shipped):
        print("\n" + "\n".join(wrapped(sentence, max(terminal_width(), 40))))
    if sentence := of_other_sizes(runs, shipped):
        print(sentence)
    return []
