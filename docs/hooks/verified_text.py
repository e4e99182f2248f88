"""The table of which references were verified, by what was scored."""

from __future__ import annotations

import re
from collections.abc import Sequence

import md

from downbench.references.index import MADE_AGAIN, SCORES_CHECKED, Reference

MARKER = re.compile(r"<!-- verified -->\n.*?<!-- end of verified -->", re.DOTALL)


def with_verified(page: str, references: Sequence[Reference]) -> str:
    """A page with the table between its markers written anew."""
    return MARKER.sub(
        lambda _: f"<!-- verified -->\n{verified_text(references)}<!-- end of verified -->", page
    )


def verified_text(references: Sequence[Reference]) -> str:
    """A row for each set of frames: how many references there are, and what came of verifying them."""
    frames: dict[str, list[Reference]] = {}
    for one in references:
        if not one.older:
            frames.setdefault(one.scored.text, []).append(one)
    head = [
        "frames",
        "references of present code",
        "made again",
        "scores checked alone",
        "largest difference",
        "otherwise",
    ]
    return md.page(md.table(head, [_row(text, group) for text, group in frames.items()]))


def _row(text: str, group: Sequence[Reference]) -> list[str]:
    outcomes = [(one.method, one.outcome) for one in group if one.outcome]
    again, checked = (
        [o for _, o in outcomes if o.ok and o.kind == kind] for kind in (MADE_AGAIN, SCORES_CHECKED)
    )
    otherwise = sorted(method for method, one in outcomes if not one.ok)
    largest = max((one.difference for one in again if one.difference is not None), default=None)
    return [
        md.cell(text),
        str(len(group)),
        str(len(again)),
        str(len(checked)),
        "-" if largest is None else "none" if largest == 0 else f"{largest:.1g}",
        ", ".join(f"`{name}`" for name in otherwise) or "-",
    ]
