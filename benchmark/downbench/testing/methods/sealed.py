"""The truth under seal: while a method works, no dataset opens its test split."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from downbench.contracts.dataset import Dataset, FieldSequence

_PACKAGE = Path(__file__).parents[2]


class Opened(NamedTuple):
    """An attempt to open a test split: of which dataset, and the line that did it."""

    dataset: str
    at: str


class Sealed(Exception):
    """Raised where a method opens a test split."""


@contextmanager
def truth_under_seal(opened: list[Opened]) -> Iterator[None]:
    """Refuse to open test splits for a while, and note in ``opened`` what tried to."""
    original = FieldSequence.__post_init__

    def made(sequence: FieldSequence) -> None:
        original(sequence)
        if dataset := _opening_a_test_split():
            opened.append(Opened(dataset, _line_outside()))
            raise Sealed(f"a method may not open the test split of {dataset}")

    FieldSequence.__post_init__ = made  # type: ignore[assignment, method-assign]
    try:
        yield
    finally:
        FieldSequence.__post_init__ = original  # type: ignore[method-assign]


def _opening_a_test_split() -> str:
    """Label of the dataset whose ``open("test")`` is at work, whenever its class was imported."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        dataset, split = frame.f_locals.get("self"), frame.f_locals.get("split")
        if frame.f_code.co_name == "open" and isinstance(dataset, Dataset) and split == "test":
            return dataset.label
        frame = frame.f_back
    return ""


def _line_outside() -> str:
    """The last line of the stack that is not this package's."""
    packages = (_PACKAGE, _PACKAGE.parents[1] / "datasets")
    lines = [
        line
        for line in traceback.extract_stack()
        if not line.filename.startswith("<")
        and not any(Path(line.filename).is_relative_to(package) for package in packages)
    ]
    return f"{lines[-1].filename}:{lines[-1].lineno} in {lines[-1].name}" if lines else ""
