"""Kept predictions: whether they are what was written, and how long they are kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal, get_args

from downbench.errors import DamagedData, UserError
from downbench.scoring.ensemble import ensemble_damage, metadata_digests
from downbench.scoring.frames import Frames
from downbench.store.record import SampleRecord, read_record
from downbench.store.run_directory import PREDICTIONS, SAMPLE

KEEP_BYTES = 2 * 2**30  # of an ensemble; nobody keeps a larger one unless asked to
Keep = Literal["none", "examples", "all"]


def keep_of(text: str | None) -> Keep | None:
    """What is to be kept, as an option has it.

    Raises:
        UserError: it is none of the choices.
    """
    for choice in (None, *get_args(Keep)):
        if text == choice:
            return choice
    raise UserError(f"--keep {text!r} is not a choice", f"choose {', '.join(get_args(Keep))}")


def what_is_kept(wanted: Keep | None, frames: Frames, members: int) -> Keep:
    """What is kept of an ensemble: as it was asked for, else all of a small one, and examples of others."""
    if wanted is not None:
        return wanted
    sizes = frames.sequences[0].fine.sizes
    size = 4 * members * frames.count * sizes["tile"] * sizes["y"] * sizes["x"]
    return "all" if size <= KEEP_BYTES else "examples"


def metadata_damage(predictions: Path, record: SampleRecord) -> str:
    """What is wrong with the metadata of kept predictions; empty where nothing is, or none are kept."""
    if not predictions.is_dir():
        return ""
    actual = metadata_digests(predictions)
    changed = sorted(name for name in actual | record.arrays if actual.get(name) != record.arrays.get(name))
    return f"{changed[0]} is not what was written" if changed else ""


def sample_damage(directory: Path) -> str:
    """What is wrong with a finished ensemble, read from end to end; empty where nothing is."""
    try:
        record = read_record(directory / SAMPLE, SampleRecord)
    except ValueError as error:
        return str(error)
    predictions = directory / PREDICTIONS
    if not predictions.is_dir():
        return ""
    damage = metadata_damage(predictions, record) or ensemble_damage(predictions)
    return f"{PREDICTIONS} is damaged: {damage}" if damage else ""


def check_metadata(predictions: Path) -> None:
    """Hold the metadata of kept predictions against the record of their ensemble.

    Raises:
        DamagedData: they are not what was written, or the record is not.
    """
    try:
        damage = metadata_damage(predictions, read_record(predictions.parent / SAMPLE, SampleRecord))
    except ValueError as error:
        raise DamagedData(predictions.parent, str(error)) from None
    if damage:
        raise DamagedData(predictions, damage)


def drop_large_predictions(predictions: Path) -> None:
    """Delete predictions that are too large to be kept; the model can give them again."""
    if predictions.is_dir():
        size = sum(file.stat().st_size for file in predictions.rglob("*") if file.is_file())
        if size > KEEP_BYTES:
            shutil.rmtree(predictions)
