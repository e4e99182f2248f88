"""Only runs that may be compared share a table."""

from __future__ import annotations

import pytest

from downbench import REPEATS, REPLACED
from downbench.protocol import VERSION
from downbench_leaderboard.boards.boards import build_boards
from downbench_leaderboard.records.entry import Entry
from downbench_leaderboard.records.schema import read_run


def entries(*runs, marks=()):
    return [Entry(read_run(run), f"runs/{i}.html", f"place{i}", marks=marks) for i, run in enumerate(runs)]


def names(board):
    return [row.name for row in board.rows]


@pytest.mark.parametrize(
    "change",
    [
        {"frames__n": 479},
        {"frames__first": "2020-11-02T06:00:00"},
        {"limit": 24},
        {"protocol": VERSION - 1},
        {"dataset__fingerprint": "00" * 32},
        {"dataset__label": "xshield (fv3gfs)", "dataset__standin": False},
        {"members": 4},
    ],
)
def test_runs_that_differ_in_what_was_scored_are_kept_apart(make, change):
    boards = build_boards(entries(make.run("ofdiff"), make.run("mean-noise", **change)))
    assert sorted(names(board) for board in boards) == [["mean-noise"], ["ofdiff"]]
    assert len({board.id for board in boards}) == 2


def test_a_deterministic_method_stands_in_the_tables_of_all_ensemble_sizes(make):
    boards = build_boards(entries(make.run("ofdiff"), make.run("ofdiff", members=4), make.run("bicubic")))
    assert [(board.members, names(board)) for board in boards] == [
        (8, ["ofdiff", "bicubic"]),
        (4, ["ofdiff", "bicubic"]),
    ]


def test_deterministic_runs_alone_make_one_table(make):
    (board,) = build_boards(entries(make.run("nearest"), make.run("bicubic")))
    assert board.members is None
    assert names(board) == ["bicubic", "nearest"]


def test_rows_stand_best_first_and_hold_all_seeds(make):
    runs = [make.run(name) for name in ("nearest", "ofdiff", "mean-noise")] + [make.run("ofdiff", seed=1)]
    (board,) = build_boards(entries(*runs))
    assert names(board) == ["ofdiff", "mean-noise", "nearest"]
    assert [entry.run.seed for entry in board.rows[0].entries] == [0, 1]
    assert len(board.entries) == 4


def test_runs_of_another_origin_are_rows_of_their_own(make):
    own, theirs = entries(make.run("ofdiff")), entries(make.run("ofdiff", seed=1), marks=("reference",))
    (board,) = build_boards(own + theirs)
    assert sorted(row.marks for row in board.rows) == [(), ("reference",)]


def test_a_failed_run_is_named_in_the_table_it_was_meant_for(make):
    failed = make.run("ofdiff", status="failed", reason="out of memory", scores=[])
    lost = failed | {"frames": {"key": ""}}
    elsewhere = failed | {"limit": 3}
    (board,) = build_boards(entries(make.run("bicubic"), failed, lost, elsewhere))
    assert [entry.page for entry in board.failed] == ["runs/1.html", "runs/2.html"]
    assert names(board) == ["bicubic"]


def test_what_a_file_is_called_does_not_count(make):
    """The key of frames holds the names of files; the board goes by what its own runs call the data."""
    file = {"dataset__name": "files", "dataset__standin": False}
    own = make.run("ofdiff", dataset__label="files (mine)", frames__key="cd" * 32, **file)
    theirs = make.run("mean-noise", dataset__label="files (uk_rain)", **file)
    (board,) = build_boards(entries(own) + entries(theirs, marks=("reference",)))
    assert (sorted(names(board)), board.label) == (["mean-noise", "ofdiff"], "files (mine)")


def test_seeds_are_one_row_where_one_of_them_repeats_a_reference(make):
    def entry(seed, *marks):
        return Entry(read_run(make.run("ofdiff", seed=seed)), f"runs/{seed}.html", str(seed), marks=marks)

    (board,) = build_boards([entry(0), entry(1, REPEATS), entry(2, "imported")])
    assert sorted((len(row.entries), row.marks) for row in board.rows) == [
        (1, ("imported",)),
        (2, (REPEATS,)),
    ]
    assert sorted(board.names) == ["ofdiff", "ofdiff (imported)"]


def test_what_a_newer_reference_replaces_is_on_no_board(make):
    def entry(version, *marks, name="ofdiff"):
        run = read_run(make.run(name, method__version=version))
        return Entry(run, f"runs/{version}.html", version, marks=marks)

    older = entry("2", "reference", "older version", REPLACED)
    alone = entry("4", "reference", "older version", name="mean-noise")
    (board,) = build_boards([entry("1"), older, entry("3", "reference"), alone])
    assert sorted(row.run.method.version for row in board.rows) == ["1", "3", "4"]
    assert sorted(board.names) == ["mean-noise", "ofdiff", "ofdiff (reference)"]


def test_data_of_one_name_are_told_by_their_parameters_or_fingerprints(make):
    def runs(fingerprint, **more):
        return make.run("ofdiff", dataset__fingerprint=fingerprint, **more)

    file = {"dataset__name": "files", "dataset__standin": False, "dataset__label": "files (rain_4km)"}
    boards = build_boards(entries(runs("ab" * 32), runs("cd" * 32), runs("ab" * 32, limit=3)))
    assert {board.label for board in boards} == {"xshield (stand-in) #cdcdcd", "xshield (stand-in) #ababab"}
    pair = build_boards(entries(runs("ab" * 32, **file), runs("cd" * 32, **file)))
    assert {board.title for board in pair} == {"Rain 4 km #ababab", "Rain 4 km #cdcdcd"}
    short, long = ({"dataset__configuration": {"size": 64, "days": days}} for days in (100, 1000))
    pair = build_boards(entries(runs("ab" * 32, **file, **short), runs("cd" * 32, **file, **long)))
    assert {board.title for board in pair} == {"Rain 4 km, days=100", "Rain 4 km, days=1000"}
    assert [board.label for board in pair] == ["files (rain_4km), days=100", "files (rain_4km), days=1000"]


def test_a_file_goes_by_its_own_name_and_a_stand_in_says_so(make):
    def title(**dataset):
        return build_boards(
            [Entry(read_run(make.run(**{f"dataset__{k}": v for k, v in dataset.items()})), "p", "p")]
        )[0].title

    file = {"name": "files", "variant": "uk_daily_2010", "label": "files (uk_daily_2010)"}
    assert title(**file, standin=False) == "UK daily 2010"
    assert title(**file, standin=True) == "files (uk_daily_2010) (stand-in)"
    assert title(label="xshield (north)", standin=False) == "xshield (north)"
