"""Repeat the work of former code with the present code, and note in the index where nothing differs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cases import STEPS, Case, cases_of, full_name
from comparing import first_difference
from small_frames import SmallFrames

from downbench.references.building import check_archives
from downbench.references.index import Reference, Repeat, read_index, write_index

Answers = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class Repeated:
    """What came of it.

    Args:
        same: cases that the present code repeats.
        differing: cases that it does not repeat, or that could not be tried, with the reason.
        archives: entries of the index that stand for the present code now.
    """

    same: list[Case] = field(default_factory=list)
    differing: list[tuple[Case, str]] = field(default_factory=list)
    archives: list[str] = field(default_factory=list)


def repeat(
    folder: Path,
    former: Answers,
    present: Answers,
    commits: tuple[str, str],
    frames: Sequence[SmallFrames],
    methods: Sequence[str] = (),
    steps: int = STEPS,
    write: bool = True,
    tell: Callable[[str], None] = print,
) -> Repeated:
    """Repeat what the references of a folder stand for, one method after the other.

    An entry is written as soon as it is known, so an interrupted run goes on where it stopped.

    Args:
        folder: of the references.
        former: makes short fits with the former code.
        present: the same with the present code.
        commits: of the former and of the present code.
        frames: to fit on.
        methods: these alone; all if none are named.
        steps: of training.
        write: note in the index what is the same.
        tell: is handed a line for each case.

    Raises:
        UserError: the index cannot be read, or archives are not what it lists.
    """
    references = [one for one in read_index(folder).references if not methods or one.method in methods]
    check_archives(folder, read_index(folder).references)
    asked = {"kind": "versions", "methods": sorted({full_name(one) for one in references})}
    versions = present(asked)
    done = Repeated()
    for case in cases_of(references, folder, former(asked), versions, steps):
        if difference := _difference(case, former, present, frames):
            tell(f"DIFFERS  {case.name}: {difference}")
            done.differing.append((case, difference))
            continue
        tell(f"same     {case.name}: weights and samples on {' and on '.join(one.name for one in frames)}")
        done.same.append(case)
        if write:
            note(folder, case, versions[case.method], commits)
            done.archives += case.archives
    return done


def note(folder: Path, case: Case, version: str, commits: tuple[str, str]) -> None:
    """Note in the index that a version repeats what the references of a case stand for."""
    date = datetime.now(UTC).isoformat(timespec="seconds")
    former, present = commits
    link = Repeat(
        version=version, commit=present, former=case.former, former_commit=former, steps=case.steps, date=date
    )

    def linked(one: Reference) -> Reference:
        if one.archive not in case.archives:
            return one
        return one.model_copy(update={"same": (*one.same, link), "older": False})

    write_index(folder, [linked(one) for one in read_index(folder).references])


def _difference(case: Case, former: Answers, present: Answers, frames: Sequence[SmallFrames]) -> str:
    """What differs first between the short fits of both sides; empty where all is the same."""
    for each in frames:
        with tempfile.TemporaryDirectory(prefix="bench-repeat-") as scratch:
            answers = []
            for name, side in (("former", former), ("present", present)):
                answers.append(side(_request(case, each, Path(scratch) / name)))
                if "error" in answers[-1]:
                    return f"the {name} code fails on {each.name}: {answers[-1]['error']}"
            if difference := first_difference(*answers):
                return f"{difference} on {each.name}"
    return ""


def _request(case: Case, frames: SmallFrames, runs: Path) -> dict[str, Any]:
    trains = case.steps is not None
    return {
        "kind": "fit",
        "method": case.method,
        "preset": case.preset,
        "configuration": case.configuration | (frames.parameters if trains else {}),
        "dataset": frames.dataset,
        "settings": frames.settings,
        "data_root": frames.data_root,
        "limit": 4,
        "runs": str(runs),
    }
