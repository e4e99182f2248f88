"""Which run directories are shown, and under which names."""

from __future__ import annotations

from pathlib import Path

import pytest

from downbench import RunFile
from downbench_leaderboard.records.reading import Hidden, read_records

ROOT = Path("runs")
SCORES = ROOT / "d" / "m" / "fit" / "samples" / "s" / "scores"


@pytest.fixture
def read(make):
    def call(*runs, at=None):
        at = at or [ROOT / "d" / f"m{i}" / "fit" for i in range(len(runs))]
        made = [
            RunFile(path, run, "" if run else "it is damaged") for path, run in zip(at, runs, strict=True)
        ]
        return sort(read_records(made, ROOT))

    return call


def sort(readings):
    """What is shown and what is not."""
    readings = list(readings)
    shown = [reading for reading in readings if not isinstance(reading, Hidden)]
    return shown, [reading for reading in readings if isinstance(reading, Hidden)]


def test_what_cannot_be_read_is_hidden_with_its_reason(read, make):
    shown, hidden = read(make.run("ofdiff"), None, {"schema_version": 1, "status": "finished"})
    assert [reading.entry.run.method.name for reading in shown] == ["ofdiff"]
    assert [item.place for item in hidden] == ["d/m1/fit", "d/m2/fit"]
    assert hidden[0].reason == "it is damaged"
    assert "method" in hidden[1].reason


def test_no_record_on_the_site_says_where_a_submitted_file_stood(read, make):
    submission = {"file": "mine.nc", "path": "/home/me/mine.nc"}
    ((reading,), _) = read(make.run("mine", method__submission=submission))
    assert reading.raw["method"]["submission"] == {"file": "mine.nc", "path": None}


@pytest.mark.parametrize("turn", [1, -1])
def test_of_several_scores_of_one_ensemble_that_with_most_metrics_stands(read, make, turn):
    whole = make.run("ofdiff")
    less = make.run("ofdiff", created="2030-01-01T00:00:00+00:00")
    less["metrics"] = dict(list(less["metrics"].items())[:2])
    runs, paths = [whole, less][::turn], [SCORES / "a", SCORES / "b"][::turn]
    ((reading,), _) = read(*runs, at=paths)
    assert reading.entry.place.endswith("a")


def test_of_as_many_metrics_the_newest_stands(read, make):
    old, new = (make.run("ofdiff", created=f"20{year}-01-01T00:00:00+00:00") for year in (25, 26))
    ((reading,), _) = read(new, old, at=[SCORES / "a", SCORES / "b"])
    assert reading.entry.place.endswith("a")


def test_damaged_scores_hide_no_whole_ones(read, make):
    shown, hidden = read(None, make.run("ofdiff"), at=[SCORES / "a", SCORES / "b"])
    assert len(shown) == len(hidden) == 1


def test_pages_have_names_of_their_own_that_follow_from_the_place(read, make):
    run = make.run("ofdiff")
    pages = [reading.entry.page for reading in read(run, run)[0]]
    assert len(set(pages)) == 2
    assert [reading.entry.page for reading in read(run, run)[0]] == pages


def test_what_names_this_machine_is_left_out(read, make):
    run = make.run("ofdiff") | {
        "data_root": "/home/me",
        "user_regions": ["a=/home/me/a.nc"],
        "traceback": "x",
    }
    ((reading,), _) = read(run)
    assert not {"data_root", "user_regions", "traceback"} & set(reading.raw)
    assert reading.raw["frames"] == run["frames"]


def test_a_place_outside_the_folder_of_runs_shows_its_last_part_only(read, make):
    ((reading,), _) = read(make.run("ofdiff"), at=[Path("/elsewhere/of/mine/fit")])
    assert reading.entry.place == "fit"


def test_examples_that_are_missing_or_damaged_cost_the_maps_only(read, make):
    ((reading,), _) = read(make.run("ofdiff"))
    assert reading.maps == "This run keeps no example frames."
    assert reading.entry.moment is None

    class Damaged(RunFile):
        def examples(self):
            raise OSError("cut short")

    ((reading,), _) = sort(read_records([Damaged(ROOT / "x", make.run("ofdiff"))], ROOT))
    assert "cannot be read: OSError: cut short" in reading.maps


def test_runs_are_read_one_by_one(make):
    """A thousand records do not fit in memory."""
    asked = []

    def records():
        for i in range(3):
            asked.append(i)
            yield RunFile(ROOT / f"m{i}", make.run("ofdiff"))

    readings = read_records(records(), ROOT)
    next(readings)
    assert len(asked) <= 2


def test_where_a_run_comes_from_goes_with_it(make):
    file = RunFile(ROOT / "x", make.run("ofdiff"), marks=("reference", "made again"))
    ((reading,), _) = sort(read_records([file], ROOT))
    assert reading.entry.marks == ("reference", "made again")
    assert reading.entry.record == reading.entry.page.replace(".html", ".json")
