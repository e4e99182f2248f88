"""Numbers of a board are the records' own, means over seeds where a row has several."""

from __future__ import annotations

import math
import struct
from base64 import b64decode

import numpy as np
import pytest

from downbench_leaderboard.boards.boards import build_boards
from downbench_leaderboard.boards.colours import colours_of
from downbench_leaderboard.boards.costs import cost_of, mean_cost
from downbench_leaderboard.boards.curves import curves_payload
from downbench_leaderboard.boards.packing import pack_cells, pack_floats, pack_whole
from downbench_leaderboard.boards.payload import board_payload, no_intervals
from downbench_leaderboard.boards.rounding import rounding
from downbench_leaderboard.boards.standing import Classes
from downbench_leaderboard.boards.values import value_of
from downbench_leaderboard.maps.moment import Moment
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.schema import read_run


def board_of(*runs, moments=()):
    kept = [*moments, *[None] * len(runs)]
    entries = [
        Entry(read_run(run), f"runs/{i}.html", f"place{i}", None, kept[i]) for i, run in enumerate(runs)
    ]
    (board,) = build_boards(entries)
    return board


def scores(run, metric, season="all", region="all"):
    rows = [s for s in run["scores"] if (s["metric"], s["season"], s["region"]) == (metric, season, region)]
    return rows[0] if len(rows) == 1 else rows


def payload_of(board):
    return board_payload(board, Classes(), colours_of((row.maker, False) for row in board.rows))


def test_every_number_reaches_the_page_and_every_null_its_reason(make):
    """Unpacked as the specification of the page says, without the page's script."""
    board = board_of(make.run("ofdiff"), make.run("bicubic"))
    payload = payload_of(board)
    ids = [column["id"] for column in payload["columns"]]
    seen = 0
    for row, own in enumerate(board.rows):
        for score in own.run.scores:
            name = f"{score.metric}.{score.component}" if score.component else score.metric
            raw = b64decode(payload["grids"][f"{score.region}|{score.season}"])
            at = 4 * (row * len(ids) + ids.index(name))
            (value,), (bits,) = struct.unpack("<f", raw[at : at + 4]), struct.unpack("<I", raw[at : at + 4])
            if score.value is None:
                assert math.isnan(value)
                assert payload["reasons"][(bits & 0x3FFFFF) - 1] == score.reason
            else:
                assert value == pytest.approx(score.value, rel=1e-6)
            seen += 1
    assert seen == sum(len(row.run.scores) for row in board.rows)


def test_a_value_that_a_run_says_nothing_of_has_reason_number_zero():
    packed = pack_cells(np.array([[np.nan, 1.0, np.inf]]), {(0, 2): "too large"}, numbers := {})
    bits = struct.unpack("<3I", b64decode(packed))
    assert [b & 0x3FFFFF for b in (bits[0], bits[2])] == [0, 1]
    assert numbers == {"too large": 1}
    assert struct.unpack("<2f", b64decode(pack_floats(np.array([1.5, -2.0])))) == (1.5, -2.0)
    assert b64decode(pack_whole(np.array([-127, 126.6]), 1)) == struct.pack("<2b", -127, 127)
    assert b64decode(pack_whole(np.array([-32767, 256.4]), 2)) == struct.pack("<2h", -32767, 256)


def test_seeds_are_averaged_with_their_spread_and_single_ones_are_kept(make):
    runs = [make.run("ofdiff", seed=seed) for seed in range(3)]
    for run, value in zip(runs, (0.03, 0.04, 0.08), strict=True):
        scores(run, "crps").update(value=value, low=value - 0.01, high=value + 0.02)
    board = board_of(*runs)
    column = [c.id for c in board.columns].index("crps")
    assert value_of(board.rows[0], board.columns[column]) == pytest.approx(0.05)
    values = board.values
    assert values.spread[0, column] == pytest.approx(np.std([0.03, 0.04, 0.08], ddof=1))
    assert (values.low[0, column], values.high[0, column]) == (pytest.approx(0.04), pytest.approx(0.07))
    assert values.seeds[:, column].tolist() == [0.03, 0.04, 0.08]


def test_errors_of_either_sign_do_not_cancel_where_zero_is_best(make):
    runs = [make.run("ofdiff", seed=seed) for seed in range(2)]
    for run, value in zip(runs, (0.3, -0.5), strict=True):
        scores(run, "lag1")["value"] = value
    board = board_of(*runs)
    column = next(c for c in board.columns if c.id == "lag1")
    assert value_of(board.rows[0], column) == pytest.approx(-0.4)


def test_a_seed_without_a_value_leaves_the_row_without_one(make):
    runs = [make.run("ofdiff", seed=seed) for seed in range(2)]
    scores(runs[1], "crps").update(value=None, reason="too dry")
    board = board_of(*runs)
    at = (0, [c.id for c in board.columns].index("crps"))
    assert math.isnan(board.whole.values[at])
    assert board.whole.reasons[at] == "1 of 2 seeds have no value: too dry"


def test_missing_intervals_say_why(make):
    run = make.run("ofdiff")
    assert no_intervals([read_run(run)]).startswith("There are no intervals, ")
    for score in run["scores"]:
        score["reason_interval"] = "4 resampling blocks, fewer than 20"
    assert "(4 resampling blocks, fewer than 20)" in no_intervals([read_run(run)])
    board = board_of(run)
    assert set(board.values.no_interval.values()) == {"4 resampling blocks, fewer than 20"}
    run["scores"][0].update(low=0.0, high=1.0)
    assert no_intervals([read_run(run)]) == ""


def test_rounding_noise_is_measured_by_what_the_unit_means(make):
    board = board_of(make.run("ofdiff"))
    sizes = {column.id: rounding(board, i) for i, column in enumerate(board.columns)}
    assert sizes["crps"] == sizes["lag1"] == sizes["mse"] == 1e-6
    psd = board.whole.values[0, [c.id for c in board.columns].index("psd")]
    assert sizes["psd"] == pytest.approx(1e-6 * psd)


def test_what_methods_are_held_against_is_drawn_once_and_nothing_else_is(make):
    runs = [make.run(name) for name in ("ofdiff", "bicubic", "nearest")]
    for i, run in enumerate(runs):
        series = run["curves"]["psd"]["series"]
        series |= {"calibrated": series["truth"], "1 mm/h": [float(i)] * 24}
    charts = curves_payload(board_of(*runs).rows)
    assert set(charts["psd"]["shared"]) == {"truth", "calibrated"}
    assert sorted(label for _, label, _, _ in charts["psd"]["own"]) == ["1 mm/h"] * 3 + ["ensemble"] * 3


def test_a_row_with_another_truth_shows_it(make):
    other = make.run("bicubic")
    other["curves"]["psd"]["series"]["truth"] = [1.0] * 24
    board = board_of(make.run("ofdiff"), make.run("nearest"), other)
    own = [(board.rows[row].name, label) for row, label, _, _ in curves_payload(board.rows)["psd"]["own"]]
    assert [pair for pair in own if pair[1] == "truth"] == [("bicubic", "truth")]


def test_costs_are_means_over_what_was_measured(make):
    runs = [read_run(make.run("ofdiff", seed=seed)) for seed in range(2)]
    runs[1].cost["fit"]["wall_s"] = None
    assert mean_cost(runs)["fit"] == pytest.approx(runs[0].cost["fit"]["cpu_s"])
    assert mean_cost(runs)["parameters"] == 640_000
    assert mean_cost([read_run(make.run("ofdiff", cost={}))])["sample"] is None


def test_time_is_that_of_processors_and_on_a_gpu_that_of_the_clock(make):
    """A machine that did something else besides took twice as long by the clock, and cost no more."""
    run = read_run(make.run("ofdiff"))
    run.cost["sample"] |= {"wall_s": 200.0, "cpu_s": 90.0, "s_per_day_member": 10.0}
    run.device["name"] = "cpu"
    assert cost_of(run)["sample"] == pytest.approx(8 * 4.5)  # of a day of all eight members
    run.device["name"] = "cuda"
    assert cost_of(run)["sample"] == 80.0


def test_one_field_is_paid_once_however_many_members_others_have(make):
    """Per member, one bicubic field would be dearer than an ensemble that shares what it begins with."""
    run = read_run(make.run("bicubic"))
    run.cost["sample"] |= {"wall_s": 1.0, "cpu_s": 1.0, "s_per_day_member": 3.0}
    assert cost_of(run.model_copy(update={"members": 8}))["sample"] == 3.0


def test_a_method_has_one_colour_and_controls_have_muted_ones():
    pairs = [(("d", name), name == "control") for name in ("a", "b", "control", "a")]
    colours = colours_of(iter(pairs))
    assert colours == {("d", "a"): "m0", ("d", "b"): "m1", ("d", "control"): "k0"}


def test_the_moment_is_the_one_that_most_rows_kept(make):
    """An archive keeps its picture in few bits, so that the same truth may look a little different."""
    other, one, again = (
        Moment(time, "", "c", truth, "m", 1.0, 10.0) for time, truth in (("s", "y"), ("t", "x"), ("t", "x'"))
    )
    runs = [make.run(name) for name in ("ofdiff", "bicubic", "nearest")]
    board = board_of(*runs, moments=[other, one, again])
    moment = payload_of(board)["moment"]
    assert moment["truth"] == "x"
    assert {board.rows[row].name for row in moment["members"]} == {"bicubic", "nearest"}
    assert payload_of(board_of(*runs))["moment"] is None
