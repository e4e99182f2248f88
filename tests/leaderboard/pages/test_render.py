"""Numbers for people, and pages whose policy lets their own script run alone."""

from __future__ import annotations

import hashlib
import html
import json
import re
from base64 import b64encode
from importlib.resources import files

import pytest
from jinja2 import UndefinedError

from downbench_leaderboard.pages.render import (
    NOTHING,
    count,
    duration,
    linked,
    number,
    packed_json,
    period,
    render,
    shown,
    shown_alike,
)


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


def test_scores_are_written_as_the_scripts_write_them():
    """With a minus sign, and exponents without zeros before them; parameters stay as a shell takes them."""
    minus = "\N{MINUS SIGN}"
    assert [shown(v) for v in (-0.0925, 8.654e-06, -2e20, float("nan"))] == [
        f"{minus}0.0925",
        f"8.654e{minus}6",
        f"{minus}2e+20",
        "null",
    ]
    assert number(1e-05) == "1e-05"


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


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Ferro (2014), doi:10.1002/qj.2270.", ["https://doi.org/10.1002/qj.2270"]),
        ("A et al. 2023, arXiv:2312.06071, doi:10.5194/a-(1)", 2 * [""]),
        ("doi:10.1/x<script>alert(1)</script>", []),
        ('doi:10.1002/a"onclick="b', ["https://doi.org/10.1002/a"]),
        ("javascript:arXiv:x", []),
    ],
)
def test_a_paper_is_linked_by_its_number_and_all_else_stays_text(text, links):
    made = str(linked(text))
    addresses = re.findall(r'href="([^"]*)"', made)
    assert addresses == links if "" not in links else len(addresses) == len(links)
    assert html.unescape(re.sub(r"</?a[^>]*>", "", made)) == text
    assert "<script" not in made


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.03, 0.05583], ["0.03000", "0.05583"]),
        ([0.0412, 0.0628], ["0.0412", "0.0628"]),
        ([238.4, 86.95, 0.0], ["238.4", "86.95", "0"]),
        ([-0.00395, 0.003927], ["\N{MINUS SIGN}0.003950", "0.003927"]),
        ([3e-5, 1.234e-5], ["3.000e\N{MINUS SIGN}5", "1.234e\N{MINUS SIGN}5"]),
        ([float("nan"), 12_345_678.0, 1.0], ["null", "12,345,678", "1.000"]),
    ],
)
def test_scores_side_by_side_have_as_many_digits(values, texts):
    assert shown_alike(values) == texts


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2010-08-26T06:10:00", "2010-08-26T07:35:00", "2010-08-26 06:10 to 07:35"),
        ("2020-05-27T09:00:00", "2023-01-01T09:00:00", "2020-05-27 to 2023-01-01"),
        ("2020-05-27", "2020-05-27", "2020-05-27 to 2020-05-27"),
    ],
)
def test_frames_of_one_day_say_their_hours(first, last, text):
    assert period(first, last) == text


def page(**changes):
    context = {"title": "A title", "failed": [], "hidden": [], "sections": [], "root": "", **changes}
    return render("empty.html", ("plain.js",), **context)


def test_the_policy_names_the_hashes_of_the_page_s_one_script_and_one_style_sheet():
    text = page()
    policy = html.unescape(
        re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text).group(1)
    )
    for kind in ("script", "style"):
        (own,) = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.S)
        digest = b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_no_template_has_a_style_attribute_or_a_handler_of_its_own():
    """The policy forbids both, so they would do nothing."""
    for template in files("downbench_leaderboard").joinpath("templates").iterdir():
        assert not re.search(r"<[^>]*\s(style|on\w+)=", template.read_text("utf-8")), template.name


def test_text_is_escaped():
    text = page(sections=[{"title": "<b>&", "text": "one\n\n<script>two</script>"}])
    assert "&lt;b&gt;&amp;" in text
    assert "<script>two" not in text


@pytest.mark.parametrize("text", ["</script><!--", "it's & <b>", "Ünï\u2028"])
def test_data_keep_their_text_and_end_no_element(text):
    packed = str(packed_json({"a": text}))
    assert json.loads(packed) == {"a": text}
    assert not set("<>&'") & set(packed)


def test_a_name_that_a_template_does_not_get_is_an_error():
    """A misspelt name must not show as nothing."""
    with pytest.raises(UndefinedError, match="title"):
        render("base.html", ("core.js",), root="")


PALETTE = [*(f"m{i}" for i in range(12)), *(f"k{i}" for i in range(5))]


@pytest.mark.parametrize("dark", [False, True])
def test_lines_and_text_stand_out_in_light_and_dark(dark):
    """3 to 1 for lines and marks, 4.5 to 1 for text (WCAG 2.2, 1.4.3 and 1.4.11)."""
    style = files("downbench_leaderboard").joinpath("assets", "style.css").read_text("utf-8")
    light_part, _, dark_part = style.partition("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", light_part))
    if dark:
        colours |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", dark_part.partition("* {")[0]))
    for ground in ("paper", "card"):
        for name in (*PALETTE, "edge", "grey", "truth", "better", "worse"):
            assert contrast(colours[name], colours[ground]) >= 3, (name, ground)
        for name in ("ink", "soft", "accent"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in ("best", "warn", "bad"):
        assert contrast(colours[f"{name}-ink"], colours[name]) >= 4.5
    assert contrast(colours["on"], colours["better"]) >= 4.5
    assert contrast(colours["on"], colours["worse"]) >= 4.5


def contrast(one, other):
    light, dark = sorted(map(luminance, (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return sum(weight * v for weight, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
