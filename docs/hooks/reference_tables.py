"""Tables of the shipped references, written into the guides between their markers: ``make tables``.

A guide names a record and whose rows it wants: ``<!-- table: files-mrms-qpe rivals -->``, and further down
``<!-- end of table -->``. What stands between the two is written here and says what it was made of.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import md

from downbench import build_config
from downbench.cli.beside import in_words
from downbench.files import digest_json
from downbench.plugins.session import configure, registry
from downbench.references.beside import Row, Table, table_of
from downbench.references.index import read_index
from downbench.references.shipped import Shipped
from downbench.scoring.inference.paired import difference
from downbench.store.record import RunRecord

ROOT = Path(__file__).parents[2]
REFERENCES = ROOT / "leaderboard" / "reference" / "downbench_reference"
GUIDES = (ROOT / "docs" / "rivals.md", ROOT / "docs" / "ofdiff.md")
MARKER = re.compile(r"<!-- table: (\S+) (\w+) -->\n(.*?)<!-- end of table -->", re.DOTALL)
STAMP = re.compile(r"<!-- made of (\w+) -->")
FORMAT = 4  # raised when tables look otherwise, so that they are made anew
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


class Marker(NamedTuple):
    """What a guide asks for, and what stands there."""

    record: str
    rows: str
    content: str


def main() -> None:
    """Write all tables that are older than the references."""
    for guide in GUIDES:
        text = guide.read_text(encoding="utf-8")
        made = MARKER.sub(lambda match: _written(Marker(*match.groups())), text)
        if made != text:
            guide.write_text(made, encoding="utf-8")
            print(f"wrote the tables of {guide.relative_to(ROOT)}", file=sys.stderr)


def markers(guide: Path) -> list[Marker]:
    """The tables of a guide."""
    return [Marker(*groups) for groups in MARKER.findall(guide.read_text(encoding="utf-8"))]


def up_to_date(marker: Marker, folder: Path = REFERENCES) -> bool:
    """Whether a table was made of the references that there are now."""
    stamp = STAMP.search(marker.content)
    return stamp is not None and stamp[1] == digest(chosen(marker, folder))


def digest(references: Sequence[Shipped]) -> str:
    """What a table is made of: archives, and whether they are of older versions."""
    parts = sorted((one.reference.sha256, one.reference.older) for one in references)
    return digest_json([FORMAT, parts])[:16]


def chosen(marker: Marker, folder: Path = REFERENCES) -> list[Shipped]:
    """References of one table: of the record's longest stretch of time, then of the latest."""
    index = read_index(folder).references
    of_record = [one for one in index if one.archive.startswith(marker.record)]
    groups: dict[object, list[Shipped]] = {}
    for one in of_record:
        groups.setdefault(one.scored.key, []).append(Shipped(one, folder, "downbench-reference"))
    if not groups:
        return []
    best = max(groups.values(), key=lambda group: (_steps(group), max(one.reference.date for one in group)))
    names = _names(marker.rows, {one.reference.method for one in best})
    wanted = [one for one in best if one.reference.method in names and _fits(one)]
    present = {one.reference.method for one in wanted if not one.reference.older}
    return [one for one in wanted if not one.reference.older or one.reference.method not in present]


def _steps(group: Sequence[Shipped]) -> int:
    return group[0].reference.scored.frames.n


def _fits(one: Shipped) -> bool:
    return not one.reference.probabilistic or one.reference.members == MEMBERS


def _names(rows: str, methods: set[str]) -> set[str]:
    """Methods of a table: OF-Diff's variants have their own, beside it and the noise controls."""
    variants = _questions("ofdiff-ablations") | _questions("ofdiff-help")
    beside = {"ofdiff", "ofdiff-fast", "mean-noise", "mean-spectrum-noise"}
    return methods - (variants - {"ofdiff"}) if rows == "rivals" else methods & (variants | beside)


def _questions(study: str) -> set[str]:
    loaded = registry().find("study", study).load()
    return {loaded.reference, *loaded.questions}


def _written(marker: Marker) -> str:
    """A marker with its table: what stands there where that is up to date."""
    content = marker.content
    if not up_to_date(marker):
        references = chosen(marker)
        content = f"<!-- made of {digest(references)} -->\n{table_text(marker, references)}\n"
    return f"<!-- table: {marker.record} {marker.rows} -->\n{content}<!-- end of table -->"


def table_text(marker: Marker, references: Sequence[Shipped]) -> str:
    """A table with its heading words, its command, and what it says of OF-Diff and the noise controls."""
    table = table_of(references)
    if table is None:
        return md.page("No reference results of this record have been made yet.")
    short = _named(table, [row.runs[0].record.method.name for row in table.rows])
    table = _named(table, [_title(row) for row in table.rows])
    metric = table.metrics["crps"]
    order = table.ordered(metric)
    subject = next((i for name in COMPARED for i in order if _is(table.rows[i], name)), order[0])
    record = table.rows[subject].runs[0].record
    letters = _letters(table)
    told = [i for i in order if any(_is(table.rows[i], name) for name in COMPARED[:2])]
    said = [in_words(short, i, metric) for i in told]
    return md.page(
        _about(table, record),
        md.table(_heads(table, table.rows[subject].name), [_row(table, i, subject, letters) for i in order]),
        " ".join(sentence for sentence in said if sentence),
        md.fence(_command(marker, record)),
    )


def _named(table: Table, names: Sequence[str]) -> Table:
    return replace(table, rows=[replace(row, name=n) for row, n in zip(table.rows, names, strict=True)])


def _is(row: Row, name: str) -> bool:
    """Whether a row is of a method, as its preset has it or otherwise."""
    return row.runs[0].record.method.name == name


def _title(row: Row) -> str:
    """A method, and what was set otherwise than its preset has it today."""
    method = row.runs[0].record.method
    cls = registry().find("method", method.name).load()
    usual = build_config(method.name, cls.Config, cls.presets, method.preset, {}).model_dump(mode="json")
    other = {key: value for key, value in method.configuration.items() if usual.get(key) != value}
    words = [f"preset {method.preset}"] if method.preset not in (None, "tiny") else []
    words += [f"{key}={md.as_written(value)}" for key, value in other.items()]
    return method.name + (f" ({', '.join(words)})" if words else "")


def _about(table: Table, record: RunRecord) -> str:
    dataset = record.dataset
    surrogate = "**Surrogate data**: generated rain, no model's output. " if dataset.standin else ""
    notes = "; ".join(dataset.notes)
    alike = "" if table.no_interval else "Rows that share a letter cannot be told apart in that column. "
    short = f"No intervals: {table.no_interval}. " if table.no_interval else ""
    return (
        f"{surrogate}{md.text(table.frames)}; {md.text(notes)}. {MEMBERS} members, "
        f"protocol {record.protocol}. {alike}{short}Values are in mm/h where no unit is named; with several "
        "seeds they are means and standard deviations."
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
        _as_code(row.name) + (", older version" if "older version" in row.marks else ""),
        str(len(row.runs)),
        _number(_values(row, "crps", ""), 4) + letters.get(("crps", ""), {}).get(i, ""),
        shown,
        beside,
        *(_number(_values(row, *key), 3) + letters.get(key, {}).get(i, "") for key in keys),
        _cost(row),
    ]


def _as_code(title: str) -> str:
    name, _, settings = title.partition(" (")
    return f"`{name}`" + (f" ({settings}" if settings else "").replace("_", "\\_")


def _values(row: Row, metric: str, component: str) -> list[float]:
    return [v for run in row.runs if (v := _value(run.record, metric, component)) is not None]


def _value(record: RunRecord, metric: str, component: str) -> float | None:
    wanted = (metric, component, "all", "all")
    return next(
        (s.value for s in record.scores if (s.metric, s.component, s.region, s.season) == wanted), None
    )


def _number(values: Sequence[float], digits: int) -> str:
    if not values:
        return "-"
    mean = sum(values) / len(values)
    if len(values) == 1:
        return f"{mean:.{digits}g}"
    spread = (sum((one - mean) ** 2 for one in values) / (len(values) - 1)) ** 0.5
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


def _command(marker: Marker, record: RunRecord) -> str:
    """The study that makes such a table; a reader's own data stand where they like."""
    dataset = record.dataset
    fields = registry().find("dataset", dataset.name).load().Config.model_fields
    defaults = {key: field.get_default(call_default_factory=True) for key, field in fields.items()}
    own = {key: v for key, v in dataset.configuration.items() if v != defaults.get(key)}
    parts = ["bench study", STUDIES[marker.rows], "-d", dataset.name]
    if dataset.name == "files":
        parts += ["--data-root", f"{dataset.variant}.nc"]
    parts += [f"--set {dataset.name}.{key}={value}" for key, value in own.items()]
    return " ".join([*parts, *([f"--limit {record.limit}"] if record.limit is not None else [])])


if __name__ == "__main__":
    configure(builtins_only=True)
    main()
