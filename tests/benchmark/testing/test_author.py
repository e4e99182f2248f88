"""An author's own test is three lines: it passes, or names the check, the place and the remedy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from folders import TOY

from downbench import UserError
from downbench.plugins.session import configure
from downbench.testing import CheckFailed, check_dataset, check_method, check_metric
from downbench.testing.author import check_all, find_all


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    configure()


def test_a_built_in_metric_passes() -> None:
    assert check_metric("wet-fraction").ok


def test_a_method_of_a_plug_in_file_that_fails_is_told_with_place_and_remedy() -> None:
    with pytest.raises(
        CheckFailed, match=r"(?s)yields: .*on purpose.*toy\.py:\d+ in sample.*yield xr\.DataArray"
    ):
        check_method("broken", plugin=TOY)


def test_a_dataset_of_a_plug_in_file_is_found_with_its_settings() -> None:
    with pytest.raises(CheckFailed) as caught:
        check_dataset("toy", plugin=TOY, settings={"frames": 20})
    assert [failure.check for failure in caught.value.report.failures] == [
        "gap"
    ]  # it has none, and says a day


def test_all_that_a_plug_in_file_provides_is_checked_without_a_name() -> None:
    configure((TOY,))
    assert {entry.info.name for entry in find_all([])} == {"noisy", "killed", "broken", "far-past", "toy"}
    configure()
    with pytest.raises(UserError, match="nothing to check was named"):
        find_all([])


def test_a_name_that_nothing_bears_is_told_with_what_was_meant() -> None:
    with pytest.raises(UserError, match="did you mean nearest"):
        find_all(["nearst"])


def test_a_preset_that_nothing_has_which_is_checked_is_refused() -> None:
    with pytest.raises(UserError, match="preset 'smoke' is of no method that is checked"):
        list(check_all(find_all(["crps"]), "smoke"))
    (report,) = check_all(find_all(["nearest"]), "huge")
    assert [failure.message for failure in report.failures] == ["nearest has no preset 'huge'"]
