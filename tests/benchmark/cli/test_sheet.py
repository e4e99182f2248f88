"""What ``bench show`` prints fits the terminal and loses nothing."""

from __future__ import annotations

import pytest

from downbench.cli.sheet import sheet

PARAMETER = {"default": 8, "type": "int", "unit": "cells", "description": "Side of a patch. " * 6}
DESCRIBED = {
    "name": "mine",
    "title": "A method of mine",
    "reference": "",
    "tags": ["fast", "small"],
    "probabilistic": True,
    "description": "First paragraph,\nin two lines.\n\nSecond paragraph.",
    "configuration": {
        "patch": PARAMETER,
        "names": {"default": ["a" * 12, "b" * 12], "type": "list", "unit": "", "description": "Names."},
    },
    "presets": {"smoke": {"patch": 4}, "tiny": {"patch": 8, "names": ["c"]}},
}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(width):
    lines = sheet(DESCRIBED, width)
    assert max(map(len, lines)) <= width
    words = " ".join(lines).split()
    for text in (
        "A method of mine",
        "First paragraph, in two lines.",
        "Second paragraph.",
        PARAMETER["description"],
    ):
        for word in text.split():
            assert word in words


def test_facts_are_said_as_people_say_them():
    text = "\n".join(sheet(DESCRIBED, 80))
    assert "fast, small" in text
    assert "probabilistic  yes" in text
    assert "reference" not in text  # there is none
    assert "[int; cells]" in text


def test_presets_stand_beside_each_other_or_below_where_that_is_too_wide():
    wide, narrow = sheet(DESCRIBED, 80), sheet(DESCRIBED, 12)
    head = wide[wide.index("What each preset sets") + 1]
    assert head.split() == ["smoke", "tiny"]
    assert any(line.startswith("  tiny:") for line in narrow)


def test_only_what_there_is_has_a_heading():
    lines = sheet({"name": "crps", "unit": "mm/h"}, 80)
    assert lines == ["name  crps", "unit  mm/h"]
