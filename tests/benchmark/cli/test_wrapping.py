"""Lines of a paragraph: no word is broken, and none is lost."""

from __future__ import annotations

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from downbench.cli.wrapping import wrapped

WORDS = st.lists(st.text("ab-/.", min_size=1, max_size=30), min_size=1, max_size=20)


@given(WORDS, st.integers(8, 60))
def test_every_word_stays_whole(words, width):
    lines = wrapped(" ".join(words), width, others="  ")
    assert [word for line in lines for word in line.split()] == words
    assert all(len(line) <= width or len(line.split()) == 1 for line in lines)


def test_a_folder_in_a_command_is_not_broken_at_its_hyphens():
    text = "`bench leaderboard /tmp/of-one/gw-0/own-1` and --json show all."
    assert "/tmp/of-one/gw-0/own-1`" in " ".join(wrapped(text, 40))
    assert "/tmp/of-one/gw-0/own-1`" not in " ".join(textwrap.wrap(text, 40))  # as Python does it
