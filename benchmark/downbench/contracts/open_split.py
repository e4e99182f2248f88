"""Opening a split of a dataset: what its author's code returns is checked, and nobody can write into it."""

from __future__ import annotations

from dataclasses import replace

from downbench.contracts.dataset import Dataset, FieldSequence
from downbench.errors import UserError
from downbench.guard import defined_at, running
from downbench.read_only_fields import read_only_fields


def open_split(dataset: Dataset, split: str) -> tuple[FieldSequence, ...]:
    """Open a split; all of its fields are read-only, lazy ones stay lazy.

    Args:
        dataset: whose code is run.
        split: ``train``, ``validation`` or ``test``.

    Raises:
        UserError: the dataset fails or returns something else than sequences; names its line.
    """
    what = f"dataset {dataset.name!r}"
    with running(what, type(dataset), UserError):
        opened = dataset.open(split)
    right = isinstance(opened, tuple | list) and all(isinstance(one, FieldSequence) for one in opened)
    if not right:
        raise UserError(
            f"{what}: open({split!r}) returned a {_kind(opened)} ({defined_at(type(dataset).open)})",
            "return a tuple of downbench.FieldSequence, also for a single one: return (sequence,)",
        )
    for sequence in opened:
        if sequence.time_factor != dataset.time_factor:
            raise UserError(
                f"{what}: sequence {sequence.name!r} has {sequence.time_factor} fine frames in a coarse one, "
                f"the dataset says {dataset.time_factor} ({defined_at(type(dataset).open)})",
                "give Dataset.time_factor and FieldSequence.time_factor the same number",
            )
    return tuple(_read_only(sequence) for sequence in opened)


def _kind(opened: object) -> str:
    name = type(opened).__name__
    if isinstance(opened, tuple | list):
        return f"{name} of {', '.join(sorted({type(one).__name__ for one in opened}))}"
    return name


def _read_only(sequence: FieldSequence) -> FieldSequence:
    return replace(
        sequence,
        coarse=read_only_fields(sequence.coarse),
        fine=read_only_fields(sequence.fine),
        static=read_only_fields(sequence.static),
    )
