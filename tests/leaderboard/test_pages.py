"""Numbers for people, and pages whose policy lets their own script run alone."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode

import pytest
from jinja2 import UndefinedError

from downbench_leaderboard.pages import NOTHING, count, duration, number, render


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, NOTHING),
        (0.041234567, "0.04123"),
        (-1234.5678, "-1235"),
        (1234567, "1,234,567"),
        (12.0, "12"),
        (1e20, "1e+20"),
        (True, "True"),
        ("words", "words"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(9_999, "9,999"), (12_345, "12.35 k"), (19_280_000, "19.28 M"), (3e9, "3 G"), (None, NOTHING)],
)
def test_counts(value, text):
    assert count(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.085, "85 ms"), (4.2, "4.2 s"), (119, "119 s"), (720, "12 min"), (11160, "3.1 h"), (None, NOTHING)],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def page(**changes):
    context = {
        **{"root": "", "title": "A title", "front": [], "failed": [], "hidden": [], "sections": []},
        **{"score_of": None, "members_of": None, "count_of_runs": 0},
        **changes,
    }
    return render("index.html", ("common.js", "charts.js", "index.js"), **context)


def test_the_policy_names_the_hash_of_the_page_s_one_script():
    text = page()
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.S)
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text).group(1)
    assert f"script-src 'sha256-{digest}'" in policy.replace("&#39;", "'")
    assert "default-src 'none'" in policy.replace("&#39;", "'")


def test_text_is_escaped():
    text = page(sections=[{"title": "<b>&", "text": "one\n\n<script>two</script>"}])
    assert "&lt;b&gt;&amp;" in text
    assert "<script>two" not in text


def test_a_name_that_a_template_does_not_get_is_an_error():
    """A misspelt name must not show as nothing."""
    with pytest.raises(UndefinedError, match="title"):
        render("base.html", ("common.js",), root="")
