"""Whether a method has seen, when it was fitted, what it is scored on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from downbench.contracts.dataset import Dataset
from downbench.models.extent import Box, Extent, Stretch, extent
from downbench.models.model_card import ModelCard
from downbench.scoring.frames import Frames
from downbench.store.record_parts import Overlap


@dataclass(frozen=True)
class Seen:
    """What is to be known of training and validation data.

    Args:
        name: of the dataset.
        variant: of it.
        label: of it, for people.
        standin: whether it is generated.
        fingerprint: of its content.
        configuration: its parameters.
        extent: when and where they are.
    """

    name: str
    variant: str
    label: str
    standin: bool
    fingerprint: str
    configuration: Mapping[str, Any]
    extent: Extent

    @classmethod
    def by_card(cls, card: ModelCard) -> Seen:
        """What a model says that it was fitted on."""
        data = card.dataset
        about = (data.name, data.variant, data.label, data.standin, data.fingerprint, data.configuration)
        return cls(*about, card.training)

    @classmethod
    def of(cls, dataset: Dataset, extent: Extent) -> Seen:
        """A dataset's own."""
        about = (dataset.name, dataset.variant, dataset.label, dataset.standin, dataset.fingerprint())
        return cls(*about, dataset.config.model_dump(mode="json"), extent)


def find_overlap(card: ModelCard, frames: Frames) -> Overlap:
    """Compare training and validation data of a model with the scored frames; see :func:`compare`."""
    return compare(Seen.by_card(card), frames)


def compare(trained: Seen, frames: Frames) -> Overlap:
    """Compare training and validation data with the scored frames.

    Overlap is a shared place at a shared time, times counting as shared within the dataset's gap. Records of
    one name at shared times count as the same place, unless both places are known and lie apart. So do all
    records that one dataset reads, such as a file and a part of it, where both places are known and meet.
    """
    dataset = frames.dataset
    if trained.fingerprint == dataset.fingerprint():
        return _say("none", "the same data, whose splits lie apart")
    if not trained.extent.sequences:
        return _say("unknown", "the weights do not say what times they were fitted on")
    scored = extent(frames.sequences)
    shared = [
        (theirs.record or theirs.name, ours.record or ours.name)
        for theirs in trained.extent.sequences
        for ours in scored.sequences
        if _meet(theirs, ours, dataset.gap)
    ]
    if not shared:
        return _say("none", "no time in common")
    if _apart(trained.extent.box, scored.box):
        return _say("none", "no place in common")
    generated = dataset.standin or trained.standin
    if trained.name == dataset.name and trained.variant == dataset.variant:
        same_generator = trained.configuration == dataset.config.model_dump(mode="json")
        named = [name for name, other in shared if name == other]
        if named and (same_generator or not generated):
            return _say("overlap", f"fitted on {named[0]} at times that are scored, or within the gap")
    elif trained.name == dataset.name and not generated and trained.extent.box and scored.box:
        reason = f"fitted on {trained.label} at places and times that are scored, or within the gap"
        return _say("overlap", reason)
    return _say("unknown", f"fitted on {trained.label} at times that are scored")


def _say(verdict: Literal["none", "overlap", "unknown"], reason: str) -> Overlap:
    return Overlap(verdict=verdict, reason=reason)


def _meet(one: Stretch, other: Stretch, gap: np.timedelta64) -> bool:
    first, last = (np.datetime64(time, "s") for time in (one.first, one.last))
    start, stop = (np.datetime64(time, "s") for time in (other.first, other.last))
    margin = gap.astype("timedelta64[s]")
    return bool(first - margin < stop and start < last + margin)


def _apart(one: Box | None, other: Box | None) -> bool:
    """Whether two boxes (south, north, west, east) in degrees are known and share no point."""
    if one is None or other is None:
        return False
    if one[0] > other[1] or other[0] > one[1]:
        return True
    turns = (-360.0, 0.0, 360.0)
    return not any(one[2] <= other[3] + turn and other[2] + turn <= one[3] for turn in turns)
