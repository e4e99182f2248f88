"""The text of one table of references: words, rows with classes and intervals, a figure, the command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import md
from interval_figure import Interval, svg

from downbench.cli.beside import in_words
from downbench.plugins.defaults import without_defaults
from downbench.references.beside import Row, Table, table_of
from downbench.references.index import REFERENCE
from downbench.references.shipped import Shipped
from downbench.scoring.inference.paired import difference
from downbench.store.record import RunRecord
from downbench.store.row_names import OLDER_VERSION, OTHER_SETTINGS, as_written
from downbench.store.usual_settings import set_otherwise

FIGURES = Path(__file__).parents[1] / "figures"
MEMBERS = 8  # of ensembles that stand in one table
STUDIES = {"rivals": "rivals", "ofdiff": "ofdiff-ablations"}  # whose rows to the study that makes them
COMPARED = ("ofdiff", "mean-noise", "bicubic")  # the first that is there is what others are compared with
COLUMNS = (
    ("energy score", "energy-score", ""),
    ("EMD", "emd", ""),
    ("99.9 %", "quantiles", "p99.9"),
    ("PSD 4-32, dB", "psd", "4-32 cells"),
    ("SAE", "sae", ""),
    ("lag-1", "lag1", "absolute"),
    ("tendency", "tendency", ""),
)
Letters = dict[tuple[str, str], dict[int, str]]


def table_text(name: str, wanted: str, references: Sequence[Shipped]) -> str:
    """A table with its heading words, its command, and what it says of OF-Diff and the noise controls.

    Args:
        name: of the record, as the guide has it.
        wanted: whose rows it has: a key of ``STUDIES``.
        references: that stand in it.
    """
    table = table_of(references)
    if table is None:
        return md.page("No reference results of this record have been made yet.")
    metric = table.metrics["crps"]
    order = table.ordered(metric)
    today = [i for i in order if of_today(table.rows[i])]
    subject = next((i for name in COMPARED for i in [*today, *order] if _is(table.rows[i], name)), order[0])
    record = table.rows[subject].runs[0].record
    letters = _letters(table)
    told = [i for i in today if any(_is(table.rows[i], name) for name in COMPARED[:2])]
    said = [in_words(table, i, metric) for i in told]
    return md.page(
        _about(table, record),
        md.table(_heads(table, table.rows[subject].name), [_row(table, i, subject, letters) for i in order]),
        _figure(f"{wanted}-{name}", table, order, subject),
        " ".join(sentence for sentence in said if sentence),
        md.fence(_command(STUDIES[wanted], record)),
    )


def _figure(stem: str, table: Table, order: Sequence[int], subject: int) -> str:
    """Draw the differences in CRPS where there are intervals, and link to the drawing."""
    metric, rows = table.metrics["crps"], []
    for i in order if not table.no_interval else []:
        less = difference(table.scored[i], table.scored[subject], metric, metric.headline)
        if i != subject and less.value is not None and less.low is not None and less.high is not None:
            rows.append(Interval(table.rows[i].name, less.value, less.low, less.high))
    if not rows:
        return ""
    title = f"CRPS less {table.rows[subject].name}, mm/h, with 95 % intervals: left is better"
    FIGURES.mkdir(exist_ok=True)
    path = FIGURES / f"{stem}.svg"
    path.write_text(svg(rows, title), encoding="utf-8")
    return f"![{title}](../figures/{path.name})"


def of_today(row: Row) -> bool:
    """Whether a row is of a method as its code and its preset are now."""
    return not {OLDER_VERSION, OTHER_SETTINGS} & set(row.marks)


def _is(row: Row, name: str) -> bool:
    """Whether a row is of a method, as its preset has it or otherwise."""
    return row.runs[0].record.method.name == name


def _set_otherwise(table: Table) -> str:
    """What was set otherwise than the presets have it today, in rows whose names do not say it."""
    texts = []
    for row in table.rows:
        method = row.runs[0].record.method
        words = [f"{k}={as_written(v)}" for k, v in (set_otherwise(row.runs[0].record) or {}).items()]
        if words := [word for word in words if word not in row.name]:
            texts.append(f"`{method.name}` ({', '.join(words)})".replace("_", "\\_"))
    return f"Set otherwise than the presets have it: {', '.join(texts)}. " if texts else ""


def _about(table: Table, record: RunRecord) -> str:
    dataset = record.dataset
    surrogate = "**Surrogate data**: generated rain, no model's output. " if dataset.standin else ""
    notes = "; ".join(dataset.notes)
    alike = "" if table.no_interval else "Rows of a letter cannot be told apart from the first of them. "
    short = f"No intervals: {table.no_interval}. " if table.no_interval else ""
    return (
        f"{surrogate}{md.text(table.frames)}; {md.text(notes)}. {MEMBERS} members, "
        f"protocol {record.protocol}. {_set_otherwise(table)}{alike}{short}"
        "Values are in mm/h where no unit is named; with several seeds they are means and standard "
        "deviations."
    )


def _heads(table: Table, subject: str) -> list[str]:
    beside = f"better than `{subject}` in" if table.no_interval else "95 % interval"
    crps = ["CRPS", f"CRPS less `{subject}`", beside]
    return ["method", "seeds", *crps, *(head for head, _, _ in COLUMNS), "fit, CPU s"]


def _row(table: Table, i: int, subject: int, letters: Letters) -> list[str]:
    row, metric = table.rows[i], table.metrics["crps"]
    keys = [(name, component) for _, name, component in COLUMNS]
    less = difference(table.scored[i], table.scored[subject], metric, metric.headline)
    if i == subject or less.value is None:
        shown, beside = "", ""
    else:
        shown = f"{less.value:+.2g}"
        beside = f"{less.low:+.2g} to {less.high:+.2g}" if less.low is not None else ""
    if table.no_interval and i != subject:
        counts = table.hours(i, subject, metric)
        beside = "" if counts is None else f"{counts[0]} of {counts[1]}"
    return [
        as_code(row.name) + "".join(f", {mark}" for mark in row.marks if mark != REFERENCE),
        str(len(row.runs)),
        number(values(row, "crps", ""), 4) + letters.get(("crps", ""), {}).get(i, ""),
        shown,
        beside,
        *(number(values(row, *key), 3) + letters.get(key, {}).get(i, "") for key in keys),
        _cost(row),
    ]


def as_code(title: str) -> str:
    """Name of a row, its method as code."""
    name, _, settings = title.partition(" (")
    return f"`{name}`" + (f" ({settings}" if settings else "").replace("_", "\\_")


def values(row: Row, metric: str, component: str) -> list[float]:
    """Of each seed that has one."""
    return [v for run in row.runs if (v := _value(run.record, metric, component)) is not None]


def _value(record: RunRecord, metric: str, component: str) -> float | None:
    wanted = (metric, component, "all", "all")
    return next(
        (s.value for s in record.scores if (s.metric, s.component, s.region, s.season) == wanted), None
    )


def number(seeds: Sequence[float], digits: int) -> str:
    """Mean of seeds, with their standard deviation where there are several."""
    if not seeds:
        return "-"
    mean = sum(seeds) / len(seeds)
    if len(seeds) == 1:
        return f"{mean:.{digits}g}"
    spread = (sum((one - mean) ** 2 for one in seeds) / (len(seeds) - 1)) ** 0.5
    return f"{mean:.{digits}g} ± {spread:.1g}"


def _letters(table: Table) -> Letters:
    """Column to a row's class, where the column is its metric's headline and there are intervals."""
    letters = {}
    for _, name, component in (("", "crps", ""), *COLUMNS):
        metric = table.metrics.get(name)
        if metric is not None and metric.headline == component and not table.no_interval:
            ranks = table.classes(metric).items()
            letters[name, component] = {i: f" {chr(ord('A') + min(rank, 25))}" for i, rank in ranks}
    return letters


def _cost(row: Row) -> str:
    seconds = [cpu for run in row.runs if (cpu := run.record.cost.fit.cpu_s) is not None]
    return f"{sum(seconds) / len(seconds):.0f}" if seconds else "-"


def _command(study: str, record: RunRecord) -> str:
    """The study that makes such a table; a reader's own data stand where they like."""
    dataset = record.dataset
    own = without_defaults(dataset.name, dataset.configuration)
    parts = ["bench study", study, "-d", dataset.name]
    if dataset.name == "files":
        parts += ["--data-root", f"{dataset.variant}.nc"]
    parts += [f"--set {dataset.name}.{key}={value}" for key, value in own.items()]
    return " ".join([*parts, *([f"--limit {record.limit}"] if record.limit is not None else [])])
