"""Mistakes in a plug-in's code are named with the author's line, whatever is raised."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from downbench import RunFailed, UserError
from downbench.guard import author_line, defined_at, running

HERE = Path(__file__).name


class Author:
    """Stands for a plug-in's class."""

    def sample(self) -> object:
        return self.mean  # type: ignore[attr-defined]

    def divide(self) -> float:
        return 1 / 0


def said(error: BaseException) -> str:
    with pytest.raises(RunFailed) as caught, running("method 'mine'", Author):
        raise error
    assert caught.value.__cause__ is error, "the full traceback stays at hand"
    return str(caught.value)


@pytest.mark.parametrize("error", [SystemExit(0), GeneratorExit(), BaseException("odd"), StopIteration()])
def test_whatever_is_raised_becomes_a_failed_run(error: BaseException) -> None:
    assert said(error).startswith("method 'mine' ")


@pytest.mark.parametrize(
    "error",
    [KeyboardInterrupt(), MemoryError(), OSError(errno.ENOSPC, "full"), OSError(errno.EFBIG, "large")],
)
def test_nobodys_mistake_passes(error: BaseException) -> None:
    with pytest.raises(type(error)), running("method 'mine'", Author):
        raise error


def test_the_line_is_the_author_s_last_one() -> None:
    """A fault deep in a library is told with the line of the author's that led there."""
    with pytest.raises(RunFailed, match=rf"{HERE}:\d+ in <lambda>"), running("method 'mine'", Author):
        np.apply_along_axis(lambda row: np.linalg.inv(row), 0, np.ones((2, 2)))
    with pytest.raises(ZeroDivisionError) as caught:
        Author().divide()
    assert author_line(Author, caught.value).endswith(" in divide")


def test_arguments_that_do_not_fit_are_told_where_the_code_is_defined() -> None:
    def call(method: Author) -> None:
        method.divide("too many")  # type: ignore[call-arg]

    with pytest.raises(TypeError) as caught:
        call(Author())
    assert author_line(pytest, caught.value) == defined_at(pytest), "no line of that author's took part"


def test_a_write_into_what_was_handed_gets_its_remedy() -> None:
    values = np.zeros(3)
    values.flags.writeable = False
    said = r"(?s)wrote into an array that it was handed .*to_numpy\(\)\.copy"
    with pytest.raises(UserError, match=said), running("dataset 'mine'", Author, UserError):
        values += 1


def test_an_attribute_that_was_not_saved_gets_its_remedy() -> None:
    said = r"(?s)no attribute 'mean'.*save\(\) must write it"
    with pytest.raises(RunFailed, match=said), running("method 'mine'", Author):
        Author().sample()


def test_the_working_folder_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with running("method 'mine'", Author):
        os.chdir("/")
    assert Path.cwd() == tmp_path


def test_a_deleted_working_folder_is_no_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with running("method 'mine'", Author):
        pass


def test_where_something_is_defined() -> None:
    assert HERE in defined_at(Author)
    assert HERE in defined_at(Author.sample)
    assert defined_at(len) == "len"
