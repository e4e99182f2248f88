"""A copy of a fitted model with its weights in half precision."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

from downbench.models.model_card import CARD, ModelCard, digest_files
from downbench.store.record import read_record, write_record

SUFFIX = ".safetensors"
SMALL = 1000  # values of a tensor that stays as it is, since it weighs little
WEIGHTS = ("weight", "bias")  # ends of their names; other tensors are fitted, such as tables of quantiles
LARGEST = float(np.finfo(np.float16).max)


def copy_model(source: Path, target: Path, precision: str, half: bool) -> bool:
    """Copy a model folder, and say in its card in which precision its weights are.

    Args:
        source: model folder.
        target: that does not exist yet.
        precision: for the card.
        half: keep single-precision weights in half precision, where none is beyond its range; small tensors
            and fitted statistics stay.

    Returns:
        Whether any weights are in half precision now.
    """
    shutil.copytree(source, target)
    files = sorted(target.rglob(f"*{SUFFIX}")) if half else []
    changed = [_halve(path) for path in files]
    card = read_record(target / CARD, ModelCard)
    update = {"precision": precision, "files": digest_files(target)}
    write_record(target / CARD, card.model_copy(update=update))
    return any(changed)


def _halve(path: Path) -> bool:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(path)
    wide = {
        name
        for name, x in tensors.items()
        if name.endswith(WEIGHTS) and x.dtype == np.float32 and x.size >= SMALL
    }
    if not wide or any(np.abs(tensors[name]).max(initial=0) > LARGEST for name in wide):
        return False
    halved = {n: values.astype(np.float16) if n in wide else values for n, values in tensors.items()}
    save_file(halved, path)
    return True
