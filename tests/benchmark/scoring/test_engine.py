"""Chunk length, order and worker make no difference; what breaks the contract is named."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scoring_metrics import Toy, all_metrics, built_in_metrics
from scoring_world import make_world

from downbench import DownbenchWarning, Metric, Statistic, UserError
from downbench.scoring.inference.values import work_out

WORLD = make_world(members=3, steps=(11, 6))
LONE = make_world(members=1, steps=(11, 6))


@cache
def whole(members):
    """Statistics of whole sequences in one chunk each."""
    return (WORLD if members > 1 else LONE).score(all_metrics())


def assert_same(got, want):
    assert set(got.arrays) == set(want.arrays)
    assert got.keys == want.keys
    for name, values in want.arrays.items():
        scale = abs(values).max() if values.size else 0
        np.testing.assert_allclose(got.arrays[name], values, rtol=1e-10, atol=1e-12 * scale, err_msg=name)


@pytest.mark.parametrize("members", [3, 1])
@pytest.mark.parametrize("length", [1, 2, 5])
def test_chunk_length_is_invisible(members, length):
    world = WORLD if members > 1 else LONE
    assert_same(world.score(all_metrics(), length), whole(members))


@pytest.mark.parametrize("name", sorted(all_metrics()))
@pytest.mark.parametrize("length", [1, 3])
def test_every_metric_alone(name, length):
    metric = {name: all_metrics()[name]}
    one, many = WORLD.score(metric), WORLD.score(metric, length)
    assert_same(many, one)
    for a, b in zip(work_out(many, metric, True)[0], work_out(one, metric, True)[0], strict=True):
        assert a["reason"] == b["reason"]
        if b["value"] is not None:
            assert a["value"] == pytest.approx(b["value"], rel=1e-8, abs=1e-10)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_order_and_workers_are_invisible(data):
    """Chunks of random lengths, in random order, over random workers that are merged."""
    metrics = all_metrics()
    cuts = []
    for name, tile, _, stop in WORLD.cuts(10**6):
        inner = data.draw(st.sets(st.integers(1, stop - 1), max_size=3))
        edges = [0, *sorted(inner), stop]
        cuts += [(name, tile, a, b) for a, b in pairwise(edges)]
    workers = [WORLD.accumulator(metrics) for _ in range(data.draw(st.integers(1, 3)))]
    for cut in data.draw(st.permutations(cuts)):
        workers[data.draw(st.integers(0, len(workers) - 1))].add(WORLD.chunk(*cut))
    for other in workers[1:]:
        workers[0].merge(other)
    assert_same(workers[0].statistics(), whole(3))


def test_values_are_plain_and_complete():
    rows, curves = work_out(whole(3), all_metrics(), probabilistic=True)
    keys = "metric component region season value low high unit n n_eff members reason reason_interval"
    for row in rows:
        assert set(keys.split()) == set(row)
        assert (row["value"] is None) == bool(row["reason"])
        assert row["value"] is None or np.isfinite(row["value"])
        assert (row["low"] is None) == bool(row["reason_interval"])
    assert {row["season"] for row in rows} == {"all", "DJF", "MAM"}
    assert {row["region"] for row in rows} == {"all", "north", "blob"}
    assert {"psd", "quantiles"} <= set(curves)


def test_seasons_and_sequences_add_up():
    """Weighted by their steps, the CRPS of the seasons gives the CRPS of all."""
    statistics = whole(3)
    months = statistics.layout.times.astype("datetime64[M]").astype(int) % 12 + 1
    rows, _ = work_out(statistics, {"crps": built_in_metrics()["crps"]}, True)
    value = {row["season"]: row["value"] for row in rows if row["region"] == "all"}
    count = {row["season"]: row["n"] for row in rows if row["region"] == "all"}
    assert count == {"all": 17, "DJF": int((months == 2).sum()), "MAM": int((months == 3).sum())}
    weight = statistics.arrays["weight"][:, 0]
    parts = value["DJF"] * weight[months == 2].sum() + value["MAM"] * weight[months == 3].sum()
    assert parts / weight.sum() == pytest.approx(value["all"], rel=1e-12)


def test_deterministic_and_single_member_runs():
    metrics = all_metrics()
    for probabilistic, text in ((False, "deterministic"), (True, "at least two members")):
        rows, _ = work_out(whole(1), metrics, probabilistic)
        found = {r["metric"]: r for r in rows if r["region"] == r["season"] == "all"}
        assert text in found["ranks"]["reason"]
        assert (found["crps"]["value"] is None) == probabilistic
        assert (found["mse"]["value"] is None) == probabilistic
        assert found["emd"]["value"] is not None


def test_metrics_of_whole_tiles_have_no_regions():
    rows, _ = work_out(whole(3), all_metrics(), True)
    reasons = {row["reason"] for row in rows if row["metric"] == "psd" and row["region"] != "all"}
    assert reasons == {"defined for whole tiles only"}


class Broken(Toy):
    name = "broken"
    answer = None

    def statistics(self, chunk):
        if self.answer is None:
            raise ZeroDivisionError("by hand")
        return {"x": self.answer(chunk)}


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (None, r"failed: ZeroDivisionError: by hand .*test_engine\.py:\d+ in statistics"),
        (lambda c: Statistic(np.ones((1, 3)), "step"), "shape"),
        (lambda c: Statistic(np.ones((len(c.times), 2)), "step"), r"shape \(\d+, 2\)"),
        (lambda c: Statistic(np.full((len(c.times), 3), np.nan), "step"), "not finite"),
        (lambda c: Statistic(np.ones((len(c.times), 3, c.tile + 1)), "step"), "changes its shape"),
    ],
)
def test_a_metric_that_breaks_the_contract_is_named(answer, text):
    metric = Broken()
    metric.answer = answer
    beside = built_in_metrics()["emd"]
    with pytest.warns(DownbenchWarning, match=f"(?s)metric 'broken'.*{text}"):
        statistics = WORLD.score({"broken": metric, "emd": beside})
    rows, _ = work_out(statistics, {"broken": metric, "emd": beside}, True)
    alone, _ = work_out(WORLD.score({"emd": beside}), {"emd": beside}, True)
    assert [row for row in rows if row["metric"] == "emd"] == alone
    broken = [row for row in rows if row["metric"] == "broken"]
    assert all(row["value"] is None and re.search(text, row["reason"]) for row in broken)
    assert not [name for name in statistics.arrays if name.startswith("broken/")]


def test_a_value_that_fails_costs_only_itself():
    class Fails(Toy):
        def value(self, totals):
            raise KeyError("missing")

    class Infinite(Toy):
        def value(self, totals):
            return float("inf")

    metrics = {"fails": Fails(), "infinite": Infinite(), "crps": built_in_metrics()["crps"]}
    with pytest.warns(DownbenchWarning, match="value is null") as told:
        rows, _ = work_out(WORLD.score(metrics), metrics, True)
    assert [str(one.message).split("'")[1] for one in told] == ["fails", "infinite"]
    found = {row["metric"]: row for row in rows if row["region"] == row["season"] == "all"}
    assert "KeyError" in found["fails"]["reason"]
    assert found["infinite"]["reason"] == "not finite"
    assert found["crps"]["value"] is not None


def test_frames_and_members_that_do_not_belong_are_refused():
    accumulator = WORLD.accumulator({})
    chunk = WORLD.chunk("s0", 0, 0, 2)
    chunk.times = chunk.times + np.timedelta64(1, "s")
    with pytest.raises(UserError, match="outside the scored"):
        accumulator.add(chunk)
    with pytest.raises(UserError, match="members"):
        accumulator.add(LONE.chunk("s0", 0, 0, 2))
    with pytest.raises(UserError, match="different frames"):
        accumulator.merge(make_world(steps=(3,)).accumulator({}))


def test_shared_statistics_are_stored_once():
    statistics = whole(3)
    assert statistics.keys["emd"] == statistics.keys["quantiles"]
    assert statistics.keys["crps"]["weight"] == "weight"
    assert statistics.keys["toy"]["cubes"] == "toy/cubes"


def test_all_masked_tiles_and_times_score_null():
    world = make_world(steps=(4,))
    world.grid = replace(world.grid, windows={}, window_size=None)
    for name in world.truth:
        world.truth[name][...] = np.nan
    rows, _ = work_out(world.score(all_metrics()), all_metrics(), True)
    assert {row["value"] for row in rows} == {None}


def test_metric_contract_is_abstract():
    with pytest.raises(TypeError):
        Metric()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (3.0, "returned a float"),
        ("text", "returned a str"),
        ({"sum": np.ones(3)}, "returned a dict of ndarray"),
        (SystemExit(0), r"called sys\.exit\(0\)"),
    ],
)
def test_statistics_that_are_none_are_named_with_the_author_s_line(answer, said):
    class Author(Toy):
        def statistics(self, chunk):
            if isinstance(answer, BaseException):
                raise answer
            return answer

    with pytest.warns(DownbenchWarning, match=rf"metric 'mine'.*{said}.*test_engine\.py:\d+"):
        assert WORLD.score({"mine": Author()}).info["failed"].keys() == {"mine"}


@pytest.mark.parametrize("name", ["truth", "members", "mask", "mean", "crps", "times"])
def test_a_metric_that_writes_into_its_chunk_costs_itself_only(name):
    """The fields are those that the metrics after it see."""

    class Writes(Toy):
        def statistics(self, chunk):
            getattr(chunk, name)[...] = getattr(chunk, name)[:1]
            return super().statistics(chunk)

    crps = {"crps": built_in_metrics()["crps"]}
    with pytest.warns(DownbenchWarning, match=r"wrote into an array that it was handed .*test_engine\.py"):
        beside = WORLD.score({"writes": Writes(), **crps})
    alone = WORLD.score(crps)
    for stored in alone.arrays:
        np.testing.assert_array_equal(beside.arrays[stored], alone.arrays[stored])


@pytest.mark.parametrize("value", ["text", np.ones(3), None, {"a": "text"}])
def test_a_value_that_is_no_number_is_null_with_its_reason(value):
    class Author(Toy):
        def value(self, totals):
            return value

    with pytest.warns(DownbenchWarning, match=r"metric 'mine'.*test_engine\.py:\d+"):
        rows, _ = work_out(WORLD.score({"mine": Author()}), {"mine": Author()}, True)
    assert {row["value"] for row in rows} == {None}
    assert all(re.search(r"value\(\) returned a .*test_engine\.py:\d+", row["reason"]) for row in rows)


def test_statistics_that_are_shared_cannot_be_written_to():
    chunk = WORLD.chunk("s0", 0, 0, 2)
    for shared in (chunk.weight(), chunk.sum(chunk.truth, "truth"), chunk.histogram("truth")):
        with pytest.raises(ValueError, match="read-only"):
            shared.values[...] = 0
