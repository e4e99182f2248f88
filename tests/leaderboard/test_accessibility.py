"""axe-core, by which screen readers, contrast and names are checked, says nothing of any kind of page."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
AXE = """axe.run(document, {runOnly: {type: 'tag', values: %s}}).then((result) =>
  result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`))"""
SMALLEST = 24  # pixels, WCAG 2.2, 2.5.8; links within a sentence are exempt there
TARGETS = 'button, select, input, [tabindex]:not([tabindex="-1"]), .maps figcaption a'
TOO_SMALL = """[...document.querySelectorAll('%s')].filter((e) => {
  const boxes = [e, e.closest('label') ?? e].map((node) => node.getBoundingClientRect());
  const large = (side) => boxes.some((box) => box[side] >= %d);
  return boxes[0].width && e.checkVisibility() && !(large('width') && large('height'));
}).map((e) => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def script():
    """axe-core itself, from the package that brings it; it is run past the policy of the pages."""
    package = pytest.importorskip("axe_core_python", reason="the package axe-core-python is not installed")
    return files(package).joinpath("axe.min.js").read_text("utf-8")


def check(page, script, path, fragment=""):
    page.open(path, fragment)
    page.run(f"{script}; 0")
    assert page.run(AXE % json.dumps(RULES)) == []
    assert page.run(TOO_SMALL % (TARGETS, SMALLEST)) == []


@pytest.mark.parametrize("fragment", ["", "#view=table", "#a=ofdiff&b=bicubic", "#view=curves", "#view=maps"])
def test_no_finding_on_a_board(page, site, script, fragment):
    check(page, script, site / "index.html", fragment)


def test_no_finding_in_the_dark_or_on_a_phone(page, site, script):
    (board,) = (p for p in site.glob("xshield-stand-in*.html") if "ofdiff~" not in p.name)
    page.size(1400, dark=True)
    check(page, script, board)
    page.size(420, 800, mobile=True)
    check(page, script, board, "#view=maps")
    page.size(1400)


@pytest.mark.parametrize(
    "kind", ["methods/ofdiff-", "metrics/crps-", "datasets/xshield-stand-in", "runs/ofdiff-"]
)
def test_no_finding_on_other_pages(page, site, script, kind):
    check(page, script, sorted(site.glob(f"{kind}*.html"))[0])
