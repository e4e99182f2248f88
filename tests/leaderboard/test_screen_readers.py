"""Controls and pictures have names that a screen reader says."""

from __future__ import annotations

NAMELESS = """$$('button, a[href], select, input, svg[role=img], [role=grid], [role=region]')
  .filter((e) => e.checkVisibility())
  .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.title
    || e.closest('label')?.textContent.trim() || e.querySelector('img[alt]')))
  .map((e) => e.outerHTML.slice(0, 90))"""


HEADLESS = "$$('[data-shows]:not([hidden]) table').filter((t) => t.rows.length && !t.tHead).length"


def test_every_control_has_a_name_and_every_picture_a_text(page, one):
    """What a screen reader needs; of axe-core's rules those that matter here, without its package."""
    for fragment in ("", "#view=table", "#view=compare", "#view=curves", "#view=maps"):
        page.open(one / "index.html", fragment)
        nameless = page.run(NAMELESS)
        assert nameless == []
        assert page.run("[...document.images].filter((i) => !i.alt).length") == 0
        ids = page.run("[...document.querySelectorAll('[id]')].map((e) => e.id)")
        assert len(ids) == len(set(ids))
        assert page.run("document.querySelectorAll('h1').length") == 1
        assert page.run(HEADLESS) == 0
