"""The twenty questions of a first visitor: each is answered after at most two clicks from the front page."""

from __future__ import annotations

import pytest

from downbench import find_runs
from downbench_leaderboard.site import build_site

NAME = "#card .name a[href*='{}']"
VIEW = "[data-view='{}']"
BAR = ".bar " + VIEW
QUESTIONS = {  # question: what is clicked, what is then read, and in which element
    "Which is best overall?": ([], "ofdiff has the best CRPS", "h1"),
    "Significantly?": ([], "so small differences may be chance", "main"),
    "What does its CRPS mean?": (
        [],
        "Here ofdiff, the best, has 0.0412 mm/h and bicubic 0.0628 mm/h",
        ".first",
    ),
    "How do I read it?": ([".first a"], "How to read it", "main"),
    "Which is best for extremes?": ([], "Best extremes", ".answers"),
    "Which for its cost?": ([], "cheapest to sample", ".answers"),
    "What does OF-Diff look like beside the truth?": ([BAR.format("maps")], "mm/hofdiff", "#gallery"),
    "What is mean-noise?": ([NAME.format("mean-noise")], "A control", "main"),
    "What is null?": ([BAR.format("table")], "null is no value", "[data-shows=table]"),
    "What data are these?": ([], "8 members, 480 frames", ".facts-line"),
    "Where do I get them?": (
        [".site [href='#about-data']", "#about-data a[href^=datasets]"],
        "Where to get it",
        "main",
    ),
    "How do I add mine?": ([".site [href='#add-yours']"], "bench run --plugin", "#add-yours"),
    "With which settings was it run?": ([NAME.format("/ofdiff-")], "steps8", "#configuration"),
    "Who made it?": ([], "the downbench developers", "footer"),
    "Which version?": ([], "downbench 0.", ".site"),
    "When?": ([], "newest run 20", ".site"),
    "How do I cite it?": ([".site [href='#cite']"], "@misc{downbench", "#cite"),
    "How do two compare?": ([BAR.format("compare")], "By region", "#comparison"),
    "By region?": ([BAR.format("compare")], "land", "#comparison"),
    "By season?": ([BAR.format("compare")], "DJF", "#comparison"),
    "How do I download it?": ([".site " + VIEW.format("table")], "Save what is on screen: CSV", ".exports"),
}
SEEN = """(() => {
  const nodes = [...document.querySelectorAll(%r)].filter((e) => e.checkVisibility());
  return nodes.map((e) => e.textContent.replace(/\\s+/g, " ")).join(" ");
})()"""


@pytest.fixture(scope="module")
def board(make, tmp_path_factory):
    """A site of three methods on one board, without intervals."""
    root = tmp_path_factory.mktemp("questions") / "runs"
    for i, name in enumerate(("ofdiff", "bicubic", "mean-noise")):
        make.write(root, make.run(name), make.examples(i, size=16, members=2))
    build_site(find_runs(root), root.parent / "site", root=root)
    return root.parent / "site" / "index.html"


@pytest.mark.parametrize("question", QUESTIONS)
def test_it_is_answered_after_at_most_two_clicks(page, board, question):
    clicks, answer, where = QUESTIONS[question]
    page.errors.clear()
    page.open(board)
    for selector in clicks:
        page.wait(f"document.querySelector({selector!r}) !== null")
        page.click(selector)
    page.wait(f"{SEEN.replace('%r', repr(where))}.includes({answer!r})")
    assert page.errors == []
