"""Whether a fitted model is what was saved."""

from __future__ import annotations

from pathlib import Path

from downbench.files import read_json
from downbench.models.model_card import CARD, ModelCard, digest_files
from downbench.store.record import DIGEST, FitRecord, read_record
from downbench.store.run_directory import FIT


def card_digest(directory: Path) -> str | None:
    """Digest that a model's card gives itself, None where it has none."""
    try:
        return str(read_json(directory / CARD)[DIGEST])
    except (ValueError, KeyError):
        return None


def files_damage(directory: Path, card: ModelCard) -> str:
    """What is wrong with the files of a model, by their digests; empty where nothing is."""
    actual = digest_files(directory)
    for name, digest in card.files.items():
        if actual.get(name) != digest:
            state = "is missing" if name not in actual else "is not the file that they were saved with"
            return f"{name} {state}"
    return ""


def model_damage(directory: Path) -> str:
    """What is wrong with the model in a run directory; empty where nothing is.

    Its card must be there and the one that the fit wrote, and each file the one that the card names.
    """
    try:
        card = read_record(directory / CARD, ModelCard)
    except ValueError as error:
        return str(error)
    if damage := files_damage(directory, card):
        return damage
    try:
        written = read_record(directory.parent / FIT, FitRecord).model
    except ValueError:  # killed before it was written, or damaged: told where it is read
        return ""
    if written not in (None, card_digest(directory)):
        return f"{CARD} is not the one that the fit wrote"
    return ""
