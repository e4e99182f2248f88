"""The answer in a few lines: on each record OF-Diff beside the best method that is none of its variants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import md
from reference_text import as_code, number, of_today, values

from downbench.contracts.metric import Metric
from downbench.references.beside import Row, Table, table_of
from downbench.references.shipped import Shipped
from downbench.scoring.inference.paired import difference
from downbench_leaderboard.records.titles import file_title

SUBJECT = "ofdiff"
METRICS = (("CRPS", "crps"), ("energy score", "energy-score"))


def summary_text(records: Iterable[Sequence[Shipped]]) -> str:
    """A row for each record, with both scores of OF-Diff, of the best of the others, and what lies between.

    Args:
        records: the references of one table each.
    """
    heads = ["data"]
    for head, _ in METRICS:
        heads += [f"{head} of `{SUBJECT}`", "lowest of the others", f"`{SUBJECT}` less that"]
    tables = [table for one in records if (table := table_of(one)) is not None]
    return md.page(md.table(heads, [row for table in tables if (row := _row(table))]))


def _row(table: Table) -> list[str]:
    """Cells of a record; empty where OF-Diff was not run."""
    today = [i for i, row in enumerate(table.rows) if of_today(row)]
    subject = next((i for i in today if _method(table.rows[i]) == SUBJECT), None)
    others = [i for i in today if not _method(table.rows[i]).startswith(SUBJECT)]
    if subject is None or not others:
        return []
    cells = [_data(table.rows[subject])]
    for _, name in METRICS:
        metric = table.metrics[name]
        best = next(i for i in table.ordered(metric) if i in others)
        cells += [
            _score(table.rows[subject], metric),
            f"{as_code(table.rows[best].name)} {_score(table.rows[best], metric)}",
            _less(table, subject, best, metric),
        ]
    return cells


def _method(row: Row) -> str:
    return row.runs[0].record.method.name


def _data(row: Row) -> str:
    dataset = row.runs[0].record.dataset
    if not dataset.standin:
        return md.cell(file_title(dataset.variant) if dataset.name == "files" else dataset.label)
    return f"{md.cell(dataset.label)}, **surrogate data**"


def _score(row: Row, metric: Metric) -> str:
    seeds = len(row.runs)
    return f"{number(values(row, metric.name, metric.headline), 4)} ({seeds} seed{'s' * (seeds > 1)})"


def _less(table: Table, subject: int, other: int, metric: Metric) -> str:
    """In percent of the other, with the interval where there is one."""
    less = difference(table.scored[subject], table.scored[other], metric, metric.headline)
    base = table.value(other, metric)
    if less.value is None or not base:
        return ""
    shown = f"{100 * less.value / base:+.1f} %"
    if less.low is None or less.high is None:
        return shown
    return f"{shown} ({100 * less.low / base:+.1f} to {100 * less.high / base:+.1f})"
