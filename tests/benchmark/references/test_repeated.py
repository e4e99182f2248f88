"""A run that was made again is no further seed: not when it is imported, and not in any table."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from records import edit_record

from downbench.errors import DownbenchWarning
from downbench.findings.stored_run import open_run
from downbench.references.beside import table_of, tables_of
from downbench.references.building import build_references
from downbench.references.finding import find_reference, replaced
from downbench.references.index import read_index, write_index
from downbench.references.mixing import REPLACED, references_among
from downbench.references.repeated import repeated
from downbench.references.shipped import Shipped
from downbench.store.run_directory import scored_below

LATER = "--replace takes it in its place"


@pytest.fixture
def again(campaign: Path, tmp_path: Path):
    """Makes a run of the campaign again: a record with keys of its own, made some days later."""

    def make(name="again", days=1, method="noisy", **changes):
        runs = shutil.copytree(campaign, tmp_path / name)
        path = next(path for path in scored_below(runs) if f"/{method}/" in path.as_posix())

        def anew(record):
            later = datetime.fromisoformat(record["created"]) + timedelta(days=days)
            record["created"] = later.isoformat(timespec="seconds")
            for key in record["keys"]:
                record["keys"][key] = (name.encode().hex() + "0" * 64)[:64]
            for field, value in changes.items():
                if field in record["method"]:
                    record["method"][field] = value
                else:
                    record[field] = value

        edit_record(path, anew)
        return path.parent

    return make


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def noisy(folder: Path):
    return [one for one in read_index(folder).references if one.method == "noisy"]


def test_a_repeat_is_left_out_and_one_line_says_of_what(folder, again, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    [former] = noisy(copy)
    built = build_references([again()], copy)
    assert (built.added, built.refused, len(built.repeats)) == ([], [], 1)
    assert f"repeats the reference {former.archive}, and is left out ({LATER})" in built.repeats[0]
    assert contents(copy) == contents(folder)


def test_a_newer_repeat_takes_the_place_where_that_is_asked(folder, again, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    [former] = noisy(copy)
    built = build_references([again()], copy, replace=True)
    [now] = noisy(copy)
    assert (built.added, built.replaced) == ([now.archive], [former.archive])
    assert built.repeats == [f"{now.archive} repeats the reference {former.archive}, and takes its place"]
    assert now.date > former.date
    earlier = build_references([again("earlier", days=-1)], copy, replace=True)
    assert (earlier.added, len(earlier.repeats)) == ([], 1)
    assert LATER not in earlier.repeats[0]
    assert noisy(copy) == [now]


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"version": "9+source-0123456789ab"},
        {"preset": "paper"},
        {"finishing": {"conserve": "on"}},
        {"configuration": {"spread": 3.5}},
        {"limit": 5},
    ],
    ids=str,
)
def test_a_run_that_differs_is_added(folder, again, tmp_path, changes):
    copy = shutil.copytree(folder, tmp_path / "copy")
    built = build_references([again(**changes)], copy)
    assert (len(built.added), built.repeats) == (1, [])


def test_a_parameter_that_came_later_with_its_default_is_no_difference(again, tmp_path):
    """As today's code reads the older record: what it lacks has its default."""

    def rainfarm(name: str, days: int, **configuration: object) -> Path:
        run = again(name, days, method="bicubic")
        edit_record(
            run / "run.json",
            lambda record: record["method"].update(name="rainfarm", configuration=configuration),
        )
        return run

    whole = {"conserve": True, "calibrate": 2, "noise_memory": 0, "slope": None, "kernel": "gaussian"}
    folder = tmp_path / "folder"
    assert len(build_references([rainfarm("first", 1, **whole)], folder).added) == 1
    later = build_references([rainfarm("later", 2, **whole, threshold=0.3)], folder)
    assert (later.added, len(later.repeats)) == ([], 1)
    other = build_references([rainfarm("other", 3, **whole, threshold=0.5)], folder)
    assert (len(other.added), other.repeats) == (1, [])


@pytest.fixture
def both(folder, again, tmp_path, monkeypatch) -> list[Shipped]:
    """A folder that holds a run and its repeat, as folders were before this was looked at."""
    merged, apart = shutil.copytree(folder, tmp_path / "merged"), tmp_path / "apart"
    build_references([again()], apart)
    shutil.copytree(apart, merged, dirs_exist_ok=True)
    write_index(merged, [*read_index(folder).references, *read_index(apart).references])
    monkeypatch.setenv("DOWNBENCH_REFERENCES", str(merged))
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    return [Shipped(one, merged, "ours") for one in read_index(merged).references]


def test_in_tables_and_on_boards_the_newest_counts_once(both, own):
    former, newest = sorted(
        (one for one in both if one.reference.method == "noisy"), key=lambda one: one.reference.date
    )
    assert repeated(both) == replaced(both) == {former.archive}
    mine = open_run(own["long"])
    [table] = tables_of([mine], both)
    [row] = [row for row in table.rows if row.runs[0].record.method.name == "noisy"]
    assert [run.record.created for run in row.runs] == [newest.reference.date]
    with pytest.warns(DownbenchWarning, match="the newest, and not"):
        assert find_reference("noisy", mine.record, both) == newest
    marks = [
        run.read().marks
        for run in references_among([], other_frames=True).unread
        if run.read().run["method"]["name"] == "noisy"
    ]
    assert sorted(REPLACED in each for each in marks) == [False, True]


def test_the_present_one_goes_before_a_newer_one_of_older_code(both):
    pair = [one for one in both if one.reference.method == "noisy"]
    newest = max(pair, key=lambda one: one.reference.date)
    older = Shipped(newest.reference.model_copy(update={"older": True}), newest.folder, "ours")
    others = [one for one in pair if one != newest]
    assert repeated([older, *others]) == {older.archive}
    assert table_of(others) is not None
