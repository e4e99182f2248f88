"""Whether a model has seen, when it was fitted, what it is scored on."""

from __future__ import annotations

from typing import Literal

import numpy as np

from downbench.models.model_card import ModelCard, Stretch, extent
from downbench.scoring.frames import Frames
from downbench.store.record_parts import Overlap


def find_overlap(card: ModelCard, frames: Frames) -> Overlap:
    """Compare training and validation data of a model with the scored frames.

    Overlap is a shared place at a shared time, times counting as shared within the dataset's gap. Records of
    one name at shared times count as the same place, unless both places are known and lie apart.
    """
    dataset, trained = frames.dataset, card.dataset
    if trained.fingerprint == dataset.fingerprint():
        return _say("none", "the same data, whose splits lie apart")
    training = card.training
    if not training.sequences:
        return _say("unknown", "the weights do not say what times they were fitted on")
    scored = extent(frames.sequences)
    shared = [
        (theirs.name, ours.name)
        for theirs in training.sequences
        for ours in scored.sequences
        if _meet(theirs, ours, dataset.gap)
    ]
    if not shared:
        return _say("none", "no time in common")
    if _apart(training.box, scored.box):
        return _say("none", "no place in common")
    same_record = trained.name == dataset.name and trained.variant == dataset.variant
    generated = dataset.standin or trained.standin
    same_generator = trained.configuration == dataset.config.model_dump(mode="json")
    if same_record and (same_generator or not generated):
        named = [name for name, other in shared if name == other]
        if named:
            return _say("overlap", f"fitted on {named[0]} at times that are scored, or within the gap")
    return _say("unknown", f"fitted on {trained.label} at times that are scored")


def _say(verdict: Literal["none", "overlap", "unknown"], reason: str) -> Overlap:
    return Overlap(verdict=verdict, reason=reason)


def _meet(one: Stretch, other: Stretch, gap: np.timedelta64) -> bool:
    first, last = (np.datetime64(time, "s") for time in (one.first, one.last))
    start, stop = (np.datetime64(time, "s") for time in (other.first, other.last))
    margin = gap.astype("timedelta64[s]")
    return bool(first - margin < stop and start < last + margin)


def _apart(one: list[float] | None, other: list[float] | None) -> bool:
    """Whether two boxes (south, north, west, east) in degrees are known and share no point."""
    if one is None or other is None:
        return False
    return any(one[i] > other[i + 1] or other[i] > one[i + 1] for i in (0, 2))
