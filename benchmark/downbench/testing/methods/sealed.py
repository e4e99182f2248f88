"""The truth under seal: while a method works, no dataset opens its test split."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

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
    before: dict[type[Dataset], Any] = {
        one: vars(one)["open"] for one in _kinds(Dataset) if "open" in vars(one)
    }
    for one, original in before.items():
        one.open = _sealed(original, opened)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for one, original in before.items():
            one.open = original  # type: ignore[method-assign]


def _sealed(original: Any, opened: list[Opened]) -> Any:
    def open_sealed(self: Dataset, split: str) -> tuple[FieldSequence, ...]:
        if split == "test":
            opened.append(Opened(self.label, _line_outside()))
            raise Sealed(f"a method may not open the test split of {self.label}")
        return original(self, split)

    return open_sealed


def _kinds(base: Any) -> list[type[Dataset]]:
    return [one for child in base.__subclasses__() for one in (child, *_kinds(child))]


def _line_outside() -> str:
    """The last line of the stack that is not this package's."""
    lines = [line for line in traceback.extract_stack() if not Path(line.filename).is_relative_to(_PACKAGE)]
    return f"{lines[-1].filename}:{lines[-1].lineno} in {lines[-1].name}" if lines else ""
