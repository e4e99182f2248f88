"""A name never becomes a path."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from downbench_leaderboard.records.addresses import dataset_page, method_page, metric_page
from downbench_leaderboard.records.names import slug, unique_name


@given(st.text(), st.text())
def test_only_safe_characters_come_through(name, place):
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", slug(name))
    assert len(slug(name)) <= 40
    assert re.fullmatch(r"[a-z0-9-]+-[0-9a-f]{10}", unique_name(name, identity=place))


def test_names_that_read_alike_stay_apart():
    assert slug("a/b") == slug("a.b") == "a-b"
    assert unique_name("a/b", identity="x") != unique_name("a.b", identity="y")
    assert unique_name("a", identity="x") == unique_name("a", identity="x")


def test_accents_are_folded():
    assert slug("Ünïcodé") == "unicode"


def test_addresses_follow_from_what_a_page_is_about():
    assert method_page("a", "x").startswith("methods/x-")
    assert (
        len({method_page(maker, "x") for maker in "ab"} | {metric_page("a", "x"), dataset_page("x", "f")})
        == 4
    )
    assert re.fullmatch(r"datasets/[a-z0-9-]+\.html", dataset_page("../Ünïcode <script>", "../f"))
