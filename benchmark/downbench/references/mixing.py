"""References among the runs of a leaderboard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from downbench.references.shipped import all_references, unpacked
from downbench.store.runs import RunFile


def with_references(records: Iterable[RunFile], other_frames: bool = False) -> Iterator[RunFile]:
    """Runs, and behind them the references of the same frames, marked.

    A reference that is the very run of somebody's own is left out.

    Args:
        records: runs, one by one; they are gone through once.
        other_frames: references of all other frames too.
    """
    frames, samples = set(), set()
    for record in records:
        if (run := record.run) is not None and run.get("status") == "finished":
            frames.add(_frames(run))
            samples.add(_at(run, "keys", "sample"))
        yield record
    near = [
        one
        for one in all_references()
        if (other_frames or one.reference.scored.key in frames) and one.reference.sample not in samples
    ]
    for _, stored in unpacked(near):
        yield RunFile(stored.directory, stored.record.model_dump(mode="json"), marks=stored.marks)


def _frames(run: dict[str, Any]) -> tuple[Any, ...]:
    """What :attr:`~downbench.references.index.Frames.key` is of a record that nothing has checked yet."""
    return (
        _at(run, "dataset", "fingerprint"),
        _at(run, "frames", "key"),
        run.get("limit"),
        run.get("protocol"),
    )


def _at(run: dict[str, Any], part: str, key: str) -> Any:
    inner = run.get(part)
    value = inner.get(key) if isinstance(inner, dict) else None
    return value if isinstance(value, str) else None
