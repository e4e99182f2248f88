"""Replacing never loses: what stands there is touched when the new is complete; the dead leave nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from downbench import temporaries
from downbench.files import atomic_directory, atomic_file, scratch_folder
from downbench.temporaries import leftovers_in, put_in_place, remove_leftovers, temporary_for

DEAD = 2**22 + 1  # above the largest process id of Linux


def filled(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "one").write_text(text)
    (folder / "two").write_text(text)
    return folder


def content(folder: Path) -> set[str]:
    return {file.read_text() for file in folder.iterdir()}


@pytest.mark.parametrize("swaps", [True, False])
def test_a_folder_takes_the_place_of_another(tmp_path, monkeypatch, swaps):
    if not swaps:
        monkeypatch.setattr(temporaries, "_swap", lambda *_: False)
    put_in_place(filled(tmp_path / "new", "new"), filled(tmp_path / "place", "old"))
    assert content(tmp_path / "place") == {"new"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["place"]


def test_this_system_swaps_in_one_step(tmp_path):
    """Linux does; where it does not, the other way is tested above."""
    if not sys.platform.startswith("linux"):
        pytest.skip("another system")
    one, other = filled(tmp_path / "one", "1"), filled(tmp_path / "other", "2")
    assert temporaries._swap(one, other)
    assert (content(one), content(other)) == ({"2"}, {"1"})


def test_an_error_leaves_the_former_folder_and_nothing_else(tmp_path):
    place = filled(tmp_path / "place", "old")

    def fail(temporary: Path) -> None:
        temporary.write_text("new")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), atomic_directory(place) as temporary:
        fail(temporary / "one")
    with pytest.raises(ZeroDivisionError), atomic_file(place / "one") as temporary:
        fail(temporary)
    assert content(place) == {"old"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["place"]


def test_killed_between_the_two_renames_the_former_folder_comes_back(tmp_path):
    """Without a swap, a kill can strike where nothing stands at the place."""
    former = filled(tmp_path / f".place.{DEAD}.old", "old")
    remove_leftovers(tmp_path)
    assert not former.exists()
    assert content(tmp_path / "place") == {"old"}


def test_a_former_folder_beside_its_successor_goes(tmp_path):
    filled(tmp_path / "place", "new")
    filled(tmp_path / f".place.{DEAD}.old", "old")
    remove_leftovers(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["place"]
    assert content(tmp_path / "place") == {"new"}


def test_only_what_the_dead_left_is_removed(tmp_path):
    alive = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    kept = [f".site.{alive.pid}.tmp", f".site.elsewhere-{DEAD}.tmp", ".site.tmp", "site.1.tmp", ".lock"]
    gone = [f".site.{DEAD}.tmp", f".site.{temporaries.host()}-{DEAD}.tmp", f".run.json.{DEAD}.tmp"]
    for name in (*kept, *gone):
        (tmp_path / name).touch()
    assert {entry.name for entry in leftovers_in(tmp_path)} == set(gone)
    remove_leftovers(tmp_path, "site")
    assert (tmp_path / gone[-1]).exists()  # of another name
    remove_leftovers(tmp_path)
    assert {entry.name for entry in tmp_path.iterdir()} == set(kept)
    alive.kill()
    alive.communicate()
    assert {entry.name for entry in leftovers_in(tmp_path)} == {kept[0]}


def test_a_temporary_in_use_by_this_process_is_kept(tmp_path):
    with atomic_directory(tmp_path / "place") as temporary:
        remove_leftovers(tmp_path)
        assert temporary.is_dir()
        assert list(leftovers_in(tmp_path)) == []
    (tmp_path / f".place.{os.getpid()}.tmp").mkdir()  # of a dead process that had our number
    assert len(list(leftovers_in(tmp_path))) == 1


def test_a_killed_process_leaves_what_the_next_one_removes(tmp_path):
    place = filled(tmp_path / "place", "old")
    code = (
        "import os, signal; from pathlib import Path; from downbench.files import atomic_directory\n"
        f"with atomic_directory(Path({str(place)!r})) as folder:\n"
        "    (folder / 'one').touch(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    assert content(place) == {"old"}
    assert len(list(leftovers_in(tmp_path))) == 1
    with atomic_directory(place) as temporary:
        (temporary / "one").write_text("new")
    assert content(place) == {"new"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["place"]


def test_a_temporary_says_what_it_is_for(tmp_path):
    name = temporary_for(tmp_path / "run.json").name
    assert name.startswith(".run.json.")
    assert name.endswith(f"{os.getpid()}.tmp")


def test_scratch_is_deleted_also_after_a_kill_and_nobody_elses(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = filled(tmp_path / f".downbench-export-1a2b.{temporaries.host()}-{DEAD}.tmp", "left")
    living = filled(tmp_path / f".downbench-export-3c4d.{temporaries.host()}-{os.getppid()}.tmp", "at work")
    others = filled(tmp_path / f".report.{DEAD}.tmp", "of another program")
    with scratch_folder("export") as outer, scratch_folder("export") as inner:
        assert outer != inner
        (inner / "file").write_text("text")
        assert outer.is_dir()
        assert not killed.exists()
    assert sorted(tmp_path.iterdir()) == sorted([living, others])
