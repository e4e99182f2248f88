"""Which run directories are shown, and under which names."""

from __future__ import annotations

from pathlib import Path

import pytest

from downbench import RunFile
from downbench_leaderboard.reading import read_records

ROOT = Path("runs")
SCORES = ROOT / "d" / "m" / "fit" / "samples" / "s" / "scores"


@pytest.fixture
def read(make):
    def call(*runs, at=None):
        at = at or [ROOT / "d" / f"m{i}" / "fit" for i in range(len(runs))]
        made = [
            RunFile(path, run, "" if run else "it is damaged") for path, run in zip(at, runs, strict=True)
        ]
        return read_records(made, ROOT)

    return call


def test_what_cannot_be_read_is_hidden_with_its_reason(read, make):
    entries, _, hidden = read(make.run("ofdiff"), None, {"schema_version": 1, "status": "finished"})
    assert [entry.run.method.name for entry in entries] == ["ofdiff"]
    assert [item.place for item in hidden] == ["d/m1/fit", "d/m2/fit"]
    assert hidden[0].reason == "it is damaged"
    assert "method" in hidden[1].reason


@pytest.mark.parametrize("turn", [1, -1])
def test_of_several_scores_of_one_ensemble_that_with_most_metrics_stands(read, make, turn):
    whole = make.run("ofdiff")
    less = make.run("ofdiff", created="2030-01-01T00:00:00+00:00")
    less["metrics"] = dict(list(less["metrics"].items())[:2])
    runs, paths = [whole, less][::turn], [SCORES / "a", SCORES / "b"][::turn]
    ((entry,), _, _) = read(*runs, at=paths)
    assert entry.place.endswith("a")


def test_of_as_many_metrics_the_newest_stands(read, make):
    old, new = (make.run("ofdiff", created=f"20{year}-01-01T00:00:00+00:00") for year in (25, 26))
    ((entry,), _, _) = read(new, old, at=[SCORES / "a", SCORES / "b"])
    assert entry.place.endswith("a")


def test_damaged_scores_hide_no_whole_ones(read, make):
    entries, _, hidden = read(None, make.run("ofdiff"), at=[SCORES / "a", SCORES / "b"])
    assert len(entries) == len(hidden) == 1


def test_pages_have_names_of_their_own_that_follow_from_the_place(read, make):
    run = make.run("ofdiff")
    entries, _, _ = read(run, run)
    assert len({entry.page for entry in entries}) == 2
    again, _, _ = read(run, run)
    assert [entry.page for entry in again] == [entry.page for entry in entries]


def test_what_names_this_machine_is_left_out(read, make):
    run = make.run("ofdiff") | {
        "data_root": "/home/me",
        "user_regions": ["a=/home/me/a.nc"],
        "traceback": "x",
    }
    ((entry,), _, _) = read(run)
    assert not {"data_root", "user_regions", "traceback"} & set(entry.raw)
    assert entry.raw["frames"] == run["frames"]


def test_a_place_outside_the_folder_of_runs_shows_its_last_part_only(read, make):
    ((entry,), _, _) = read(make.run("ofdiff"), at=[Path("/elsewhere/of/mine/fit")])
    assert entry.place == "fit"


def test_examples_that_are_missing_or_damaged_cost_the_maps_only(read, make):
    entries, maps, _ = read(make.run("ofdiff"))
    assert maps[entries[0].page] == "This run keeps no example frames."

    class Damaged(RunFile):
        def examples(self):
            raise OSError("cut short")

    (entry,), maps, _ = read_records([Damaged(ROOT / "x", make.run("ofdiff"))], ROOT)
    assert "cannot be read: OSError: cut short" in maps[entry.page]
