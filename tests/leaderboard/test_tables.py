"""Only runs that may be compared share a table."""

from __future__ import annotations

import pytest

from downbench.protocol import VERSION
from downbench_leaderboard.payload import no_intervals, table_payload
from downbench_leaderboard.rows import Entry, row_details
from downbench_leaderboard.schema import read_run
from downbench_leaderboard.tables import build_tables


def entries(*runs):
    return [Entry(read_run(run), f"methods/{i}.html", run, f"place{i}") for i, run in enumerate(runs)]


def names(table):
    return [entry.run.method.name for entry in table.entries]


@pytest.mark.parametrize(
    "change",
    [
        {"frames__key": "cd" * 32},
        {"limit": 24},
        {"protocol": VERSION - 1},
        {"dataset__fingerprint": "00" * 32},
        {"dataset__label": "xshield (fv3gfs)", "dataset__standin": False},
        {"members": 4},
    ],
)
def test_runs_that_differ_in_what_was_scored_are_kept_apart(make, change):
    tables = build_tables(entries(make.run("ofdiff"), make.run("mean-noise", **change)))
    assert sorted(names(table) for table in tables) == [["mean-noise"], ["ofdiff"]]
    assert len({table.id for table in tables}) == 2


def test_a_deterministic_method_stands_in_the_tables_of_all_ensemble_sizes(make):
    tables = build_tables(entries(make.run("ofdiff"), make.run("ofdiff", members=4), make.run("bicubic")))
    assert [(table.members, names(table)) for table in tables] == [
        (8, ["ofdiff", "bicubic"]),
        (4, ["ofdiff", "bicubic"]),
    ]


def test_deterministic_runs_alone_make_one_table(make):
    (table,) = build_tables(entries(make.run("nearest"), make.run("bicubic")))
    assert table.members is None
    assert names(table) == ["bicubic", "nearest"]


def test_rows_stand_best_first_and_seeds_apart(make):
    runs = [make.run(name) for name in ("nearest", "ofdiff", "mean-noise")] + [make.run("ofdiff", seed=1)]
    (table,) = build_tables(entries(*runs))
    assert names(table) == ["ofdiff", "ofdiff", "mean-noise", "nearest"]
    details = list(row_details(table.entries).values())
    assert "seed 0" in details[0]
    assert "seed 1" in details[1]


def test_runs_of_one_method_can_be_told_apart(make):
    runs = [make.run("ofdiff", method__configuration={"steps": steps, "width": 16}) for steps in (4, 8)]
    runs += [make.run("ofdiff", method__configuration={"steps": 8, "width": 16}, keys__fit="another")]
    details = list(row_details(entries(*runs)).values())
    assert "steps=4" in details[0]
    assert "width" not in details[0]
    assert len(set(details)) == 3


def test_a_row_says_what_finishes_its_samples(make):
    words = {"conserve": "on", "memory": "fitted"}
    helped, plain = make.run("ofdiff", method__finishing=words), make.run("mean-noise")
    first, second = row_details(entries(helped, plain)).values()
    assert "conserve, memory" in first
    assert "conserve" not in second


def test_a_row_says_that_weights_were_given(make):
    given = make.run("ofdiff")
    given["method"]["weights"] = {"digest": "1" * 64, "training": {"label": "elsewhere"}}
    own, theirs = row_details(entries(make.run("ofdiff", seed=7), given)).values()
    assert "not fitted here" not in own
    assert "not fitted here, but on elsewhere" in theirs


def test_a_row_of_a_shift_track_says_what_was_fitted_on(make):
    shifted = make.run("ofdiff", seed=7)
    shifted["track"] = {"name": "south", "training": {"label": "north"}, "overlap": {"verdict": "none"}}
    own, theirs = row_details(entries(make.run("ofdiff", seed=7), shifted)).values()
    assert "track" not in own
    assert "track south: fitted on north" in theirs


def test_a_failed_run_is_named_in_the_table_it_was_meant_for(make):
    failed = make.run("ofdiff", status="failed", reason="out of memory", scores=[])
    lost = failed | {"frames": {"key": ""}}
    elsewhere = failed | {"limit": 3}
    (table,) = build_tables(entries(make.run("bicubic"), failed, lost, elsewhere))
    assert [entry.page for entry in table.failed] == ["methods/1.html", "methods/2.html"]
    assert names(table) == ["bicubic"]


def test_cells_carry_every_score_with_its_reason(make):
    (table,) = build_tables(entries(make.run("ofdiff"), make.run("bicubic")))
    payload = table_payload(table)
    ids = [column["id"] for column in payload["columns"]]
    for row, entry in enumerate(table.entries):
        for score in entry.run.scores:
            name = f"{score.metric}.{score.component}" if score.component else score.metric
            cell = payload["cells"][f"{score.region}|{score.season}"][row][ids.index(name)]
            assert cell[:6] == [score.value, score.low, score.high, score.n, score.n_eff, score.members]
            assert (payload["reasons"][cell[6]] if cell[6] is not None else None) == score.reason


def test_missing_intervals_say_why(make):
    run = make.run("ofdiff")
    assert no_intervals([read_run(run)]).startswith("There are no intervals, ")
    for score in run["scores"]:
        score["reason_interval"] = "4 resampling blocks, fewer than 20"
    assert "(4 resampling blocks, fewer than 20)" in no_intervals([read_run(run)])
    (table,) = build_tables(entries(run))
    payload = table_payload(table)
    assert payload["reasons"][payload["cells"]["all|all"][0][0][7]] == "4 resampling blocks, fewer than 20"
    run["scores"][0].update(low=0.0, high=1.0)
    assert no_intervals([read_run(run)]) == ""


def test_the_truth_is_drawn_once(make):
    (table,) = build_tables(entries(make.run("ofdiff"), make.run("bicubic"), make.run("nearest")))
    series = table_payload(table)["curves"]["psd"]["series"]
    assert [s["label"] for s in series if s["truth"]] == ["truth"]
    assert sorted(s["label"] for s in series if not s["truth"]) == ["bicubic", "nearest", "ofdiff"]


def test_a_run_with_another_truth_shows_it(make):
    other = make.run("bicubic")
    other["curves"]["psd"]["series"]["truth"] = [1.0] * 24
    (table,) = build_tables(entries(make.run("ofdiff"), other))
    series = table_payload(table)["curves"]["psd"]["series"]
    assert [s["label"] for s in series if s["truth"]] == ["truth", "bicubic: truth"]
