"""OF-Diff with one thing changed: each ablation is a method of its own, one switch away from ``ofdiff``.

What each is to answer stands in the study ``ofdiff-ablations``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from downbench_methods.ofdiff.configuration import OFDiffConfig
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.training.presets import merge

LONG = 3  # frames, of clips that have one frame with its past


class Ablation(OFDiff):
    """OF-Diff with its presets changed by ``switch``.

    Its preset ``tiny`` has as many ``steps`` as take OF-Diff's time (tests/performance/preset_budget.py).
    """

    switch: ClassVar[dict[str, Any]] = {}
    steps: ClassVar[int | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.presets = {name: _changed(preset, cls.switch) for name, preset in OFDiff.presets.items()}
        if cls.steps is not None:
            cls.presets = merge(cls.presets, tiny={"train_steps": cls.steps})


def _changed(preset: Mapping[str, Any], switch: dict[str, Any]) -> dict[str, Any]:
    """A preset with a switch thrown.

    Where that changes the number of frames before, clips have one frame that has them, but for the long clips
    of ``paper``.
    """
    changed = {**preset, **switch}
    if "order" in switch and changed.get("clip", OFDiffConfig().clip) <= LONG:
        changed["clip"] = switch["order"] + 1
    return changed


class NoFlow(Ablation):
    """Residual on the deterministic prediction alone: the image model."""

    switch: ClassVar[dict[str, Any]] = {"flow": False}
    steps = 1150


class NoDiffusion(Ablation):
    """The deterministic warp."""

    switch: ClassVar[dict[str, Any]] = {"diffusion": False}
    steps = 2940


class NoSwinIR(Ablation):
    """Interpolated rain in place of Swin-IR."""

    switch: ClassVar[dict[str, Any]] = {"mean_network": "interpolation"}
    steps = 1025


class UNetMean(Ablation):
    """A U-Net in place of Swin-IR."""

    switch: ClassVar[dict[str, Any]] = {"mean_network": "unet"}
    steps = 765


class SingleFrame(Ablation):
    """The flow network sees the present only, and moves the prediction itself."""

    switch: ClassVar[dict[str, Any]] = {"order": 0}


class FirstOrder(Ablation):
    """One frame before."""

    switch: ClassVar[dict[str, Any]] = {"order": 1}


class ThirdOrder(Ablation):
    """Three frames before."""

    switch: ClassVar[dict[str, Any]] = {"order": 3}


class NoCoarse(Ablation):
    """The denoiser is not told the other coarse fields and the topography."""

    switch: ClassVar[dict[str, Any]] = {"denoiser_fields": False}


class NoMaps(Ablation):
    """The denoiser is not told the flow network's maps."""

    switch: ClassVar[dict[str, Any]] = {"denoiser_maps": False}


class SeparateTraining(Ablation):
    """Each network learns from its own term of the loss alone."""

    switch: ClassVar[dict[str, Any]] = {"joint": False}


class OneLoss(Ablation):
    """The diffusion loss alone trains all three networks."""

    switch: ClassVar[dict[str, Any]] = {"loss_mean": 0.0, "loss_flow": 0.0}
