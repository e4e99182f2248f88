"""What a board answers where a choice has no or another effect than was asked for."""

from __future__ import annotations

SAID = "$('#said').textContent"


def test_a_filter_that_nothing_matches_is_said_in_place_of_an_empty_table(page, one):
    for view, table, note in (("scorecard", "#card", "#card-note"), ("table", "#scores", "#table-note")):
        page.open(one / "index.html", f"#view={view}&filter=nonsense")
        assert page.run(f"$('{note}').textContent") == "No method matches “nonsense”."
        assert page.run(f"[$('{table}').rows.length, $('{table}').checkVisibility()]") == [0, False]
        page.run("$('#filter').value = 'ofdiff'; $('#filter').dispatchEvent(new Event('input'))")
        assert page.run(f"[$('{table}').tBodies[0].rows.length > 1, $('{table}').checkVisibility()]") == [
            True,
            True,
        ]
        assert "nonsense" not in page.run(f"$('{note}').textContent")
    for view, note in (("maps", "#maps-note"), ("curves", "#curve-note")):
        page.go(f"#view={view}&filter=nonsense")
        assert page.run(f"$('{note}').textContent").startswith("No method matches “nonsense”.")
    assert page.errors == []


def test_a_method_of_the_address_that_is_not_there_is_said(page, one):
    page.open(one / "index.html", "#view=compare&a=nonsense&b=bicubic")
    assert page.run(SAID) == "No method here is called “nonsense”: another stands in its place."
    page.go("#view=compare&a=ofdiff&b=bicubic")
    assert page.run(SAID) == ""
    page.go("#show=ofdiff,nonsense&ref=neither")
    assert page.run(SAID) == "No method here is called “neither” or “nonsense”: it is left out."


def test_a_fifth_method_in_colour_says_whose_place_it_takes(page, one):
    page.open(one / "index.html", "#show=ofdiff,bicubic,nearest,mean-noise")
    fifth = page.run("rowOf('ofdiff-noflow')")
    page.click(f"#card [data-pick='{fifth}']")
    assert page.run("chosen().map((r) => ROWS[r].name)") == [
        "bicubic",
        "nearest",
        "mean-noise",
        "ofdiff-noflow",
    ]
    assert page.run(SAID) == (
        "Four methods at most are shown in colour: ofdiff-noflow takes the place of ofdiff."
    )
    assert page.run("$('#said').getAttribute('role')") == "status"
    page.click(f"#card [data-pick='{fifth}']")
    assert page.run(SAID) == ""
    assert page.errors == []
