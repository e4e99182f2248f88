"""Tables of the shipped references, written into the guides between their markers: ``make tables``.

A guide names a record and whose rows it wants: ``<!-- table: files-mrms-qpe rivals -->``, and further down
``<!-- end of table -->``. What stands between the two is written here and says what it was made of.
``<!-- table: all summary -->`` is of all records whose rivals the first guide has.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from reference_text import MEMBERS, table_text
from summary_text import summary_text
from verified_text import with_verified

from downbench.files import digest_json
from downbench.plugins.session import configure, registry
from downbench.references.beside import named_rows
from downbench.references.finding import without_replaced
from downbench.references.index import read_index
from downbench.references.shipped import Shipped, unpacked

ROOT = Path(__file__).parents[2]
REFERENCES = ROOT / "leaderboard" / "reference" / "downbench_reference"
GUIDES = (ROOT / "docs" / "results" / "rivals.md", ROOT / "docs" / "methods" / "ofdiff.md")
VERIFIED = ROOT / "docs" / "results" / "references.md"  # has a table of what was verified
MARKER = re.compile(r"<!-- table: (\S+) (\w+) -->\n(.*?)<!-- end of table -->", re.DOTALL)
STAMP = re.compile(r"<!-- made of (\w+) -->")
SUMMARY = "summary"  # rows of a table of all records
FORMAT = 10  # raised when tables look otherwise, so that they are made anew


class Marker(NamedTuple):
    """What a guide asks for, and what stands there."""

    record: str
    rows: str
    content: str


def main() -> None:
    """Write all tables that are older than the references."""
    for guide in GUIDES:
        _write(guide, lambda text: MARKER.sub(lambda match: _written(Marker(*match.groups())), text))
    _write(VERIFIED, lambda text: with_verified(text, read_index(REFERENCES).references))


def _write(guide: Path, change: Callable[[str], str]) -> None:
    text = guide.read_text(encoding="utf-8")
    made = change(text)
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
    """What a table is made of: archives, the code that they stand for, their marks, and names of rows."""
    parts = sorted((one.sha256, one.standing, one.marks) for one in (one.reference for one in references))
    return digest_json([FORMAT, parts, _names_of_several(references)])[:16]


def _names_of_several(references: Sequence[Shipped]) -> list[str]:
    """Names of the rows of methods that have several: what else than archives they hang on are the presets
    of today, and the rules for names."""
    kinds = {(one.reference.method, one.reference.configuration) for one in references}
    rows = Counter(method for method, _ in kinds)
    several = [one for one in references if rows[one.reference.method] > 1]
    return [row.name for row in named_rows(unpacked(several))]


def chosen(marker: Marker, folder: Path = REFERENCES) -> list[Shipped]:
    """References of one table: of the record's longest stretch of time, then of the latest."""
    if marker.rows == SUMMARY:
        return [one for rivals in _summed_up() for one in chosen(rivals, folder)]
    index = read_index(folder).references
    of_record = [one for one in index if one.archive.startswith(marker.record)]
    groups: dict[object, list[Shipped]] = {}
    for one in of_record:
        groups.setdefault(one.scored.key, []).append(Shipped(one, folder, "downbench-reference"))
    if not groups:
        return []
    best = max(groups.values(), key=lambda group: (_steps(group), max(one.reference.date for one in group)))
    names = _names(marker.rows, {one.reference.method for one in best})
    return without_replaced([one for one in best if one.reference.method in names and _fits(one)])


def _summed_up() -> list[Marker]:
    return [marker for marker in markers(GUIDES[0]) if marker.rows == "rivals"]


def _steps(group: Sequence[Shipped]) -> int:
    return group[0].reference.scored.frames.n


def _fits(one: Shipped) -> bool:
    return not one.reference.probabilistic or one.reference.members == MEMBERS


def _names(rows: str, methods: set[str]) -> set[str]:
    """Methods of a table: OF-Diff's variants have their own, beside it and the noise controls."""
    variants = _questions("ofdiff-ablations") | _questions("ofdiff-help")
    beside = {"ofdiff", "ofdiff-fast", "mean-noise", "mean-spectrum-noise", "unet-noise"}
    return methods - (variants - {"ofdiff"}) if rows == "rivals" else methods & (variants | beside)


def _questions(study: str) -> set[str]:
    loaded = registry().find("study", study).load()
    return {loaded.reference, *loaded.questions}


def _written(marker: Marker) -> str:
    """A marker with its table: what stands there where that is up to date."""
    content = marker.content
    if not up_to_date(marker):
        references = chosen(marker)
        if marker.rows == SUMMARY:
            text = summary_text(map(chosen, _summed_up()))
        else:
            text = table_text(marker.record, marker.rows, references)
        content = f"<!-- made of {digest(references)} -->\n{text}\n"
    return f"<!-- table: {marker.record} {marker.rows} -->\n{content}<!-- end of table -->"


if __name__ == "__main__":
    configure(builtins_only=True)
    main()
