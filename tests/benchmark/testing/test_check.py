"""Checks that need others: which were not reached, and which say nothing at all."""

from __future__ import annotations

from downbench.testing.check import Failed, NotApplicable, Report, carry_out, check


@check("mend it")
def broken(_: object) -> None:
    """It fails."""
    raise Failed("wrong")


@check("")
def elsewhere(_: object) -> None:
    """It is of no use here."""
    raise NotApplicable("nothing to look at")


@check("", ["broken"])
def behind(_: object) -> None:
    """It comes once the other one passes."""


@check("", ["behind"])
def further_behind(_: object) -> None:
    """It comes later still."""


@check("", ["elsewhere"])
def beside(_: object) -> None:
    """It is of no use here either."""


def test_what_a_failed_check_keeps_from_being_tried_is_not_said_to_be_of_no_use() -> None:
    results = carry_out([broken, elsewhere, behind, further_behind, beside], object(), "mine.py:1")
    assert {one.check: one.status for one in results} == {
        "broken": "failed",
        "elsewhere": "not applicable",
        "behind": "not reached",
        "further-behind": "not reached",
        "beside": "not applicable",
    }


@check("mend it")
def with_its_line(_: object) -> None:
    """It fails in a line that its message names."""
    raise Failed("metric 'mine' failed: no such thing (mine.py:23 in statistics)")


def test_a_message_that_names_its_line_is_not_said_to_be_elsewhere() -> None:
    [result] = carry_out([with_its_line], object(), "mine.py:8")
    assert result.at == "mine.py:23 in statistics"
    assert "mine.py:8" not in Report("metric", "mine", "other.py:1", (result,)).text()
