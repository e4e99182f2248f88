"""Data that make every result worthless are refused before anything is computed."""

from __future__ import annotations

from downbench.contracts.dataset import SPLITS, Dataset
from downbench.contracts.open_split import open_split
from downbench.errors import UserError
from downbench.guard import defined_at
from downbench.plausible import LIKE
from downbench.plugins.loading import BUILTIN
from downbench.plugins.registry import Registration
from downbench.scoring.leaks import shared_frames
from downbench.scoring.likeness import in_other_units, misplaced

FRAMES = 4  # of each sequence that are looked at for a leak


def refuse_unsound(dataset: Dataset, entry: Registration) -> None:
    """Refuse splits that share frames, and fine rain in other units or elsewhere than the coarse rain.

    A dataset that is built in guards its splits itself, and coarse rain that is the mean of the fine by
    construction is held to that elsewhere.

    Args:
        dataset: that is to be run on.
        entry: its registration.

    Raises:
        UserError: names the dataset, the place in its code, and the remedy.
    """
    at = defined_at(type(dataset).open)
    if entry.distribution != BUILTIN:
        splits = {split: open_split(dataset, split) for split in SPLITS}
        if text := shared_frames(splits, FRAMES):
            raise UserError(
                f"{dataset.label}: its splits share frames: {text} ({at})",
                "a method would have seen what it is scored on; give each split other times or places",
            )
    if dataset.coarse_is_mean:
        return
    test = open_split(dataset, "test")
    if (text := in_other_units(test)) and LIKE in text:  # other ratios stand beside every table
        raise UserError(
            f"{dataset.label}: fine and coarse rain are in different units: of the fine, {text} ({at})",
            "give both in mm/h; downbench.to_mm_per_hour(units, where) is the factor",
        )
    if text := misplaced(test):
        raise UserError(
            f"{dataset.label}: the fine rain does not lie where the coarse rain is: {text} ({at})",
            "y and x of both run the same way; coarse cell (i, j) begins at the fine cell (i, j) * factor",
        )
