"""Shift tracks: methods are fitted on one dataset and scored on another, which they must not have seen."""

from __future__ import annotations

import numpy as np
import xarray as xr

from downbench.contracts.open_split import open_split
from downbench.errors import UserError
from downbench.models.extent import extent
from downbench.models.overlap import Seen, compare
from downbench.scoring.frames import Frames
from downbench.store.record_parts import Overlap, TrackPart, TrainingData
from downbench.units import same_units


def track_part(frames: Frames) -> TrackPart | None:
    """What the records say of a shift; None where methods are fitted on the dataset that is scored."""
    if frames.track is None:
        return None
    trained = frames.trained
    training = TrainingData(
        label=trained.label,
        standin=trained.standin,
        fingerprint=trained.fingerprint(),
        step_hours=float(trained.step / np.timedelta64(1, "h")),
        splits=dict(trained.splits),
    )
    return TrackPart(name=frames.track.name, training=training, overlap=shift_overlap(frames))


def shift_overlap(frames: Frames) -> Overlap:
    """Whether train or validation of a track share a cell with what is scored."""
    trained = frames.trained
    seen = (*open_split(trained, "train"), *open_split(trained, "validation"))
    return compare(Seen.of(trained, extent(seen)), frames)


def check_track(frames: Frames) -> None:
    """Refuse a track on which methods could not be sampled, or would be scored on what they have seen.

    Raises:
        UserError: names the track, and what both datasets have or have not in common.
    """
    track, dataset = frames.track, frames.dataset
    if track is None:
        return
    trained, what = track.trained, f"track {track.name!r}"
    if trained.fingerprint() == dataset.fingerprint():
        raise UserError(f"{what}: it has the very data and splits that methods are fitted on", "change one")
    for name in ("factor", "time_factor"):
        ours, theirs = getattr(dataset, name), getattr(trained, name)
        if ours != theirs:
            raise UserError(
                f"{what}: {dataset.label} has a {name} of {ours}, {trained.label} one of {theirs}",
                "methods that were fitted with one cannot be sampled with another",
            )
    overlap = shift_overlap(frames)
    if overlap.verdict == "overlap":
        raise UserError(
            f"{what}: methods would be scored on what they have seen: {overlap.reason}",
            "a score on cells (a place, and times within the gap of "
            f"{dataset.gap / np.timedelta64(1, 'h'):g} h) that a method was fitted on says nothing of other "
            "cells: take another place, or times that are further away",
        )
    _check_fields(what, frames)


def _check_fields(what: str, frames: Frames) -> None:
    """Refuse a dataset that lacks a field which methods are fitted with, or has it in another unit."""
    fitted, scored = open_split(frames.trained, "train"), frames.sequences[0]
    first = fitted[0] if fitted else scored
    relief = ["topography"] if "topography" in first.static else []
    lacking = [n for n in frames.trained.predictors if n not in scored.coarse]
    lacking += [n for n in relief if n not in scored.static]
    if lacking:
        raise UserError(
            f"{what}: {frames.dataset.label} lacks {', '.join(lacking)}, which methods are fitted with",
            "leave it out of the training data too, or take data that have it",
        )
    for name in frames.trained.predictors:
        ours, theirs = _unit(scored.coarse, name), _unit(first.coarse, name)
        if name != "precipitation" and not same_units(ours, theirs):
            raise UserError(
                f"{what}: {name} is in {ours!r}, methods are fitted with {theirs!r}", "convert it"
            )


def _unit(fields: xr.Dataset, name: str) -> str:
    return str(fields[name].attrs.get("units", ""))
