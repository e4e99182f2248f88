"""Killed at any moment, an import leaves a folder of references that the same import then finishes."""

import random
import shutil
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from records import edit_record
from toy_runs import PLUGIN

from downbench import UserError
from downbench.files import write_json
from downbench.references.building import build_references, check_archives
from downbench.references.index import read_index
from downbench.references.journal import JOURNAL, settle, under_way
from downbench.store.run_directory import scored_below

KILLS = 6
COMMAND = ("reference", "runs", "--into", "references", "--no-verify", "--replace", *PLUGIN)


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def made_later(runs: Path, key: str) -> None:
    """All runs are scored a day later; under another key, their archives get other names."""

    def later(record):
        record["created"] = (datetime.fromisoformat(record["created"]) + timedelta(days=1)).isoformat()
        record["scores"][0]["value"] = 0.5
        record["keys"]["score"] = key or record["keys"]["score"]

    for path in scored_below(runs):
        edit_record(path, later)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts system calls of Linux")
@pytest.mark.parametrize("change", ["new", "same names", "other names"])
def test_an_import_that_was_killed_is_finished_by_the_next(strike, campaign, folder, tmp_path, change):
    base = tmp_path / "whole"
    runs = shutil.copytree(campaign, base / "runs")
    if change != "new":
        shutil.copytree(folder, base / "references")
        made_later(runs, "f" * 64 if change == "other names" else "")
    shutil.copytree(base, tmp_path / "base")
    [[code, changes]] = strike([str(base), COMMAND, None])
    assert code == 0, (tmp_path / "log").read_text()
    expected = contents(base / "references")
    assert len(expected) == 5, "four archives and the index, and nothing hidden"
    assert change == "new" or expected != contents(folder)
    moments = random.Random(change).sample(range(1, changes + 1), KILLS)
    copies = [shutil.copytree(tmp_path / "base", tmp_path / f"moment-{moment}") for moment in moments]
    struck = strike(*([str(copy), COMMAND, moment] for copy, moment in zip(copies, moments, strict=True)))
    assert {code for code, _ in struck} == {-9}
    again = strike(*([str(copy), COMMAND, None] for copy in copies))
    assert {code for code, _ in again} == {0}, (tmp_path / "log").read_text()
    for copy in copies:
        assert contents(copy / "references") == expected, copy.name
        check_archives(copy / "references", read_index(copy / "references").references)


def test_a_fault_while_archives_change_leaves_what_the_index_lists(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    first, second, *_ = (one.archive for one in read_index(copy).references)
    (copy / "toy").mkdir()
    with suppress(OSError), under_way(copy, [first, second, "toy/new.bench.zip"]):
        (copy / first).write_bytes(b"other scores")
        (copy / "toy" / "new.bench.zip").write_bytes(b"new")
        raise OSError("the disk is full")
    assert contents(copy) == contents(folder)


def test_only_what_the_journal_names_goes(folder, tmp_path):
    """An archive that nobody announced is somebody's own, and is named as before; nothing outside goes."""
    copy = shutil.copytree(folder, tmp_path / "copy")
    outside = tmp_path / "mine.bench.zip"
    outside.write_bytes(b"mine")
    first = copy / read_index(copy).references[0].archive
    shutil.copy(first, first.with_name("other.bench.zip"))
    write_json(copy / JOURNAL, {"archives": ["../mine.bench.zip"]})
    settle(copy)
    assert outside.exists()
    assert not (copy / JOURNAL).exists()
    with pytest.raises(UserError, match=r"other\.bench\.zip is not in the index"):
        build_references([], copy)
