"""Parameters and presets of a method that brings its own network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from downbench import parameter
from downbench_methods.base.frame_by_frame import FrameConfig
from downbench_methods.fields.finishing import FINISHING
from downbench_methods.training.presets import FRAMES, merge

Presets = Mapping[str, Mapping[str, Any]]


class TorchConfig(FrameConfig):
    """Parameters of training a network on single frames, and of sampling with it; add your own."""


class TorchEnsembleConfig(TorchConfig):
    """The same for an ensemble."""

    members: Annotated[int, Field(ge=2)] = parameter(4, "Members of the ensemble that a step scores.")


def _without_paper(presets: Presets) -> dict[str, dict[str, Any]]:
    """A paper's preset is its author's to write."""
    return {name: dict(values) for name, values in presets.items() if name != "paper"}


PRESETS: Presets = _without_paper(FRAMES)
ENSEMBLE_PRESETS: Presets = _without_paper(merge(FRAMES, FINISHING, tiny={"batch": 8, "score_clips": 48}))
