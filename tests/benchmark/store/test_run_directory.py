"""Paths of a run, and the way back from a score directory to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from downbench.store.run_directory import (
    RUN,
    RunDirectory,
    directory_of,
    failures_below,
    fit_of,
    is_run,
    sample_of,
    scored_below,
    scored_of_fits,
    scored_of_sample,
)

KEYS = ("a" * 64, "b" * 64, "c" * 64)


def a_run(root: Path, method: str = "nearest") -> RunDirectory:
    directory = RunDirectory(root, "toy", method, *KEYS)
    directory.score.mkdir(parents=True)
    (directory.score / RUN).touch()
    return directory


def test_the_layout_is_that_of_the_documentation(tmp_path: Path) -> None:
    directory = a_run(tmp_path)
    expected = "toy/nearest/aaaaaaaaaaaa/samples/bbbbbbbbbbbb/scores/cccccccccccc"
    assert directory.score.relative_to(tmp_path).as_posix() == expected


def test_from_a_score_directory_back_to_its_run(tmp_path: Path) -> None:
    directory = a_run(tmp_path)
    assert directory_of(directory.score, *KEYS) == directory
    assert sample_of(directory.score) == directory.sample
    assert fit_of(directory.score) == directory.fit


def test_globs_find_runs_but_not_what_was_set_aside_or_is_unfinished(tmp_path: Path) -> None:
    directory, other = a_run(tmp_path), a_run(tmp_path, "bicubic")
    for name in (f"{directory.score.name}.damaged-1", f".{directory.score.name}.77.tmp"):
        hidden = directory.score.with_name(name)
        hidden.mkdir()
        (hidden / RUN).touch()
    assert list(scored_below(tmp_path)) == [other.score / RUN, directory.score / RUN]
    assert list(scored_of_fits(directory.fit.parent)) == [directory.score / RUN]
    assert list(scored_of_sample(directory.sample)) == [directory.score / RUN]
    directory.failure.touch()
    assert list(failures_below(tmp_path)) == [directory.failure]


def test_a_folder_of_runs_may_itself_have_a_name_like_a_temporary_one(tmp_path: Path) -> None:
    root = tmp_path / "old.damaged-1"
    directory = a_run(root)
    assert list(scored_below(root)) == [directory.score / RUN]


@pytest.mark.parametrize("depth", range(7))
def test_runs_are_found_from_any_folder_on_their_way(tmp_path: Path, depth: int) -> None:
    directory, other = a_run(tmp_path), a_run(tmp_path, "bicubic")
    folder = [directory.score, *directory.score.parents][[7, 6, 5, 4, 2, 0, 3][depth]]
    both = [other.score / RUN, directory.score / RUN]
    assert list(scored_below(folder)) == (both if depth < 2 else [] if depth == 6 else both[1:])
    directory.failure.touch()
    assert list(failures_below(folder)) == ([directory.failure] if depth < 4 else [])


def test_only_folders_with_a_record_are_runs(tmp_path: Path) -> None:
    directory = a_run(tmp_path)
    assert is_run(directory.score)
    assert not is_run(directory.sample)
