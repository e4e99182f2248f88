"""What ``bench run`` prints of the references of the same frames: one table, and one sentence a method."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from downbench.cli.tables import number, table
from downbench.cli.wrapping import wrapped
from downbench.contracts.metric import Metric
from downbench.findings.one_against_many import Against, against
from downbench.findings.stored_run import StoredRun
from downbench.plugins.descriptions import ABLATION
from downbench.references.beside import Row, Table
from downbench.references.finding import beside as may_stand_beside
from downbench.references.finding import of_frames, other_members, there_are, without_replaced
from downbench.references.index import scored_frames
from downbench.references.made import is_repeated, made_of
from downbench.references.shipped import Shipped
from downbench.store.record import RunRecord
from downbench.store.row_names import OLDER_VERSION, OTHER_SETTINGS

MOST_ROWS = 24  # of a table that is shown whole
TOP, NEIGHBOURS = 3, 2  # rows that a longer one shows: the best, and those around each own one
_NAMED = 4  # methods that a sentence names


def lines(beside: Table, width: int) -> list[str]:
    """Lines of a table of own runs and references, by the first metric, and what it says in words.

    Args:
        beside: the table.
        width: columns of the terminal.
    """
    metric = next(iter(beside.metrics.values()), None)
    if metric is None:
        return [f"No score of {beside.frames} can be compared with the references."]
    title = f"{metric.name} {metric.headline}".strip() + (f" [{metric.unit}]" if metric.unit else "")
    subject = beside.subjects[0] if beside.subjects else None
    ranks, order = beside.classes(metric), beside.ordered(metric)
    shown = _shown(beside, order)
    difference = "" if subject is None else f"{beside.rows[subject].name} less this"
    last = "better in" if beside.no_interval else "class"
    rows: list[list[str]] = []
    former = -1
    others = [i for i in order if i != subject]
    found = None if subject is None else against(subject, others, beside.scored, metric)
    for position, i in enumerate(order):
        if i not in shown:
            continue
        if position != former + 1:
            rows.append(["   ..."] + [""] * 3)
        former = position
        mark = "> " if beside.rows[i].own else "  "
        value = number(beside.value(i, metric))
        ending = _hours(beside, subject, i, metric) if beside.no_interval else _letter(ranks.get(i))
        rows.append([mark + _name(beside.rows[i]), value, _difference(found, i), ending])
    if former != len(order) - 1:
        rows.append(["   ..."] + [""] * 3)
    words = [sentence for row in beside.subjects for sentence in [in_words(beside, row, metric)] if sentence]
    heading = f"Beside the references of the same frames ({beside.frames}):"
    text = [*wrapped(heading, max(width, 40)), ""]
    text += [*table(["", title, difference, last], rows, width), ""]
    text += [line for sentence in words for line in wrapped(sentence, max(width, 40))]
    if len(shown) < len(order):
        text += wrapped(_left_out(beside, len(order), len(shown)), max(width, 40))
    if any(OLDER_VERSION in row.marks for row in beside.rows):
        text.append("An older version is of a method whose code has changed since.")
    return text


def of_other_sizes(runs: Sequence[StoredRun], shipped: Sequence[Shipped]) -> str:
    """That references of other numbers of members are left out, in one line; empty where there are none."""
    groups: dict[Any, list[RunRecord]] = {}
    for run in runs:
        groups.setdefault(scored_frames(run.record).key, []).append(run.record)
    sizes = sorted({size for records in groups.values() for size in other_members(shipped, records)})
    if not sizes:
        return ""
    numbers = " or ".join(map(str, sizes))
    return f"References with {numbers} members are left out: scores depend on the number of members."


def without_table(runs: Sequence[StoredRun], shipped: Sequence[Shipped]) -> list[str]:
    """Why runs have no table: they repeat all references of their frames themselves, or there are none.

    Args:
        runs: all of one's own that finished.
        shipped: all references.
    """
    groups: dict[Any, list[RunRecord]] = {}
    for run in runs:
        groups.setdefault(scored_frames(run.record).key, []).append(run.record)
    sentences, nowhere = [], []
    for records in groups.values():
        if may_stand_beside(shipped, records):
            continue
        frames, own = scored_frames(records[0]), [made_of(record) for record in records]
        here = without_replaced(of_frames(shipped, frames))
        if here and all(is_repeated(one.reference, own) for one in here):
            sentences.append(
                f"Your own runs repeat every reference of these frames ({frames.text}), "
                "so that there is no other to stand beside them; `bench leaderboard` shows your runs."
            )
        else:
            nowhere.append(frames)
    if nowhere:
        texts = "; ".join(dict.fromkeys(frames.text for frames in nowhere))
        why = there_are(shipped, nowhere)
        sentences.append(f"There is no reference on the same frames as {texts}; {why}.")
    return sentences


def _left_out(beside: Table, rows: int, shown: int) -> str:
    """How many rows are not shown, which are, and how to see all."""
    folder = next((f" {shlex.quote(str(row.runs[0].paths.root))}" for row in beside.rows if row.own), "")
    return (
        f"{rows - shown} rows are left out here, of {rows}: shown are the best {TOP}, the best {TOP} "
        f"that are no ablation and have today's preset, controls, your own, and {NEIGHBOURS} on each "
        "side of your methods. "
        f"`bench leaderboard{folder}` and --json show all."
    )


def _shown(beside: Table, order: Sequence[int]) -> set[int]:
    """All rows of a short table; of a long one the best, controls, own ones and neighbours of own methods.

    Ablations and presets of former times may be the best: whoever looks for a method to use needs the
    best of the others too.
    """
    if len(order) <= MOST_ROWS:
        return set(order)
    usable = [i for i in order if not (beside.rows[i].ablation or OTHER_SETTINGS in beside.rows[i].marks)]
    shown, subjects = {*order[:TOP], *usable[:TOP]}, beside.subjects
    for position, i in enumerate(order):
        if beside.rows[i].role == "control" or beside.rows[i].own:
            shown.add(i)
        if i in subjects:
            shown |= set(order[max(position - NEIGHBOURS, 0) : position + NEIGHBOURS + 1])
    return shown


def _name(row: Row) -> str:
    seeds = f" ({len(row.runs)} seeds)" if len(row.runs) > 1 and not row.says_seeds else ""
    marks = [*row.marks, *([ABLATION] if row.ablation else [])]
    return row.name + seeds + "".join(f", {mark}" for mark in marks)


def _letter(rank: int | None) -> str:
    return "" if rank is None else chr(ord("A") + min(rank, 25))


def _difference(found: Against | None, row: int) -> str:
    one = found.differences.get(row) if found else None
    if one is None or one.value is None:
        return ""
    interval = "" if one.low is None else f" [{one.low:.2g}, {one.high:.2g}]"
    return f"{one.value:.2g}{interval}"


def _hours(beside: Table, subject: int | None, row: int, metric: Metric) -> str:
    counts = None if subject in (None, row) else beside.hours(subject, row, metric)
    return "" if counts is None else f"{counts[0]}/{counts[1]}"


def in_words(beside: Table, row: int, metric: Metric) -> str:
    """In how many references a row is better, which it cannot be told apart from, and which are better."""
    found = beside.against(row, metric)
    if found is None:
        return ""
    name, everyone = beside.rows[row].name, len(found.differences)
    if beside.no_interval:
        return (
            f"{name} has a better {metric.name} than {len(found.better)} of {everyone} references"
            + (f" and a worse one than {_names(beside, found.behind)}" if found.behind else "")
            + f". Whether by more than chance cannot be said: {beside.no_interval}."
        )
    parts = [f"better than {len(found.better)} of {everyone}"]
    if found.alike:
        parts.append(f"cannot be told apart from {_names(beside, found.alike)}")
    if found.behind:
        parts.append(f"behind {_names(beside, found.behind)}")
    together = ", and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
    return f"{name} in {metric.name}: {together} (adjusted for {everyone} comparisons)."


def _names(beside: Table, rows: Sequence[int]) -> str:
    order = beside.ordered(next(iter(beside.metrics.values())))
    names = [beside.rows[i].name for i in sorted(rows, key=order.index)]
    more = len(names) - _NAMED
    if more > 1:
        return ", ".join(names[:_NAMED]) + f" and {more} others"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"
