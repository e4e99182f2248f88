"""Which runs may be compared, in which metrics, and that rows hold the differences of the right pair."""

from __future__ import annotations

import numpy as np
import pytest
from stored import make_metrics, stored

from downbench import UserError
from downbench.findings import compare as module
from downbench.findings.compare import check_comparable, common_metrics, compare

DAYS = np.random.default_rng(0).gamma(4, 1, 60)
NOISE = np.random.default_rng(1).normal(size=60)
NOISE += 0.01 - NOISE.mean()  # a little worse on average, which 60 days cannot tell


@pytest.fixture(autouse=True)
def without_registry(monkeypatch):
    """Metrics that are registered nowhere."""
    monkeypatch.setattr(module, "make_metrics", make_metrics)


def test_every_pair_once_with_the_first_less_the_second():
    runs = [stored(DAYS + shift) for shift in (0.0, 1.0, 3.0)]
    found = {(row["a"], row["b"]): row["difference"] for row in compare(runs)["differences"]}
    assert found == {(0, 1): pytest.approx(-1), (0, 2): pytest.approx(-3), (1, 2): pytest.approx(-2)}


def test_rows_say_what_they_rest_on():
    result = compare([stored(DAYS, members=5, block=2), stored(DAYS + 1, members=3, block=2)])
    (row,) = result["differences"]
    assert row["value_a"] == pytest.approx(DAYS.mean())
    assert (row["members"], row["n_eff"]) == ([5, 3], 30)
    assert result["block_hours"] == 48
    assert row["low"] <= row["difference"] <= row["high"]


def test_runs_on_other_frames_are_refused_with_both_of_them():
    with pytest.raises(UserError, match=r"different frames: days, 60 steps .* and days, 30 steps"):
        compare([stored(DAYS), stored(DAYS[:30], key="others")])
    with pytest.raises(UserError, match=r"other data of the same times: days, 60 steps .* fingerprints"):
        compare([stored(DAYS), stored(DAYS, key="others")])


@pytest.mark.parametrize("other", [{"block": 2}, {"start": "2021-03-01T00:00:00"}])
def test_statistics_of_other_time_bins_are_refused(other):
    with pytest.raises(UserError, match="differ in their time bins"):
        check_comparable([stored(DAYS), stored(DAYS, **other)])


def test_an_unfair_metric_is_refused_at_unequal_members_when_it_is_asked_for():
    runs = [stored(DAYS, members=m, metrics=("mean", "unfair")) for m in (5, 8)]
    with pytest.raises(UserError, match=r"unfair has no fair form .* 5 and 8"):
        compare(runs, ["unfair"])
    equal = [stored(DAYS, members=5, metrics=("unfair",)) for _ in range(2)]
    assert compare(equal, ["unfair"])["differences"][0]["difference"] == pytest.approx(0)


def test_by_default_what_all_runs_have_is_compared():
    one, two = stored(DAYS, metrics=("mean", "root")), stored(DAYS, metrics=("zero", "root"))
    assert list(common_metrics([one, two])) == ["root"]
    with pytest.raises(UserError, match="'mean'") as caught:
        common_metrics([one, two], ["mean"])
    assert "bench score RUN --metric mean" in str(caught.value)
    with pytest.raises(UserError, match="no metric in common"):
        common_metrics([one, stored(DAYS, metrics=("zero",))])


def test_statistics_of_another_version_of_a_metric_are_left_out_or_refused():
    old = stored(DAYS, metrics=("mean", "root"))
    old.record.metrics["root"].version = 0
    runs = [old, stored(DAYS, metrics=("mean", "root"))]
    assert list(common_metrics(runs)) == ["mean"]
    with pytest.raises(UserError, match="present version 1"):
        common_metrics(runs, ["root"])


def test_runs_that_cannot_be_told_apart_share_a_class():
    runs = [stored(DAYS), stored(DAYS + NOISE), stored(DAYS + 5)]
    classes = {row["run"]: row["class"] for row in compare(runs)["classes"]}
    assert classes[0] == classes[1] == 0
    assert classes[2] == 1
