"""The page on checks has the table that the code makes."""

from folders import ROOT

from downbench.testing.table import checks_table


def test_the_page_has_every_check_as_the_code_says_it() -> None:
    page = (ROOT / "docs" / "bring" / "checking.md").read_text(encoding="utf-8")
    assert page.endswith(checks_table() + "\n"), (
        "python -m downbench.testing.table prints the new end of the page"
    )
