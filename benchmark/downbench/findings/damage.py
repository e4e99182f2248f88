"""Whether what runs left is what was written: every record, model, array and table, read from end to end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from downbench.errors import DownbenchError
from downbench.files import digest_file, digest_folder
from downbench.models.model_damage import model_damage
from downbench.pipeline.predictions import sample_damage
from downbench.scoring.statistics import Statistics
from downbench.store.record import FitRecord, RunRecord, read_record
from downbench.store.run_directory import (
    FIT,
    MODEL,
    RUN,
    SAMPLE,
    STATISTICS,
    fit_of,
    fits_below,
    sample_of,
    samples_of_fit,
    scored_of_sample,
    stage_folders,
)
from downbench.temporaries import leftovers_in


class Damage(NamedTuple):
    """Something that is not what was written, and what is the matter with it."""

    directory: Path
    reason: str


def find_damages(runs: Path) -> Iterator[Damage]:
    """All damage in a folder of runs."""
    for fit in fits_below(runs):
        yield from _named(fit, _fit_damage(fit))
        for sample in samples_of_fit(fit):
            yield from _named(sample, sample_damage(sample))
            for path in scored_of_sample(sample):
                yield from _named(path.parent, _score_damage(path.parent))


def damages_of(score: Path) -> Iterator[Damage]:
    """All damage in what one scored run stands on; what was imported has no fit and no samples."""
    if not (sample_of(score) / SAMPLE).exists() and _is_imported(score):
        yield from _named(score, _score_damage(score))
        return
    yield from _named(fit_of(score), _fit_damage(fit_of(score)))
    yield from _named(sample_of(score), sample_damage(sample_of(score)))
    yield from _named(score, _score_damage(score))


def find_leftovers(runs: Path) -> Iterator[Path]:
    """What dead processes left in a folder of runs and beside it; the next command there removes it."""
    yield from leftovers_in(runs.absolute().parent)
    for fit in fits_below(runs):
        for folder in stage_folders(fit):
            yield from leftovers_in(folder)


def _named(directory: Path, reason: str) -> Iterator[Damage]:
    if reason:
        yield Damage(directory, reason)


def _fit_damage(fit: Path) -> str:
    """Of a finished fit; one that is not finished is none."""
    if (fit / FIT).is_file():
        try:
            read_record(fit / FIT, FitRecord)
        except ValueError as error:
            return str(error)
    elif not (fit / MODEL).is_dir():
        return ""
    damage = model_damage(fit / MODEL)
    return f"{MODEL}: {damage}" if damage else ""


def _is_imported(score: Path) -> bool:
    try:
        return read_record(score / RUN, RunRecord).origin is not None
    except ValueError:
        return False


def _score_damage(score: Path) -> str:
    try:
        record = read_record(score / RUN, RunRecord)
        if record.origin is None or (score / STATISTICS).is_dir():  # an archive may be without
            Statistics.load(score / STATISTICS)
    except (ValueError, DownbenchError) as error:
        return str(error).splitlines()[0]
    for name, digest in record.files.items():
        path = score / name
        if not path.exists():
            return f"{name} is missing"
        if (digest_folder(path) if path.is_dir() else digest_file(path)) != digest:
            return f"{name} is not what was written"
    return ""
