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

    ``equal_time`` has its preset ``tiny`` take OF-Diff's time (tests/performance/preset_budget.py).
    """

    switch: ClassVar[dict[str, Any]] = {}
    equal_time: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        changed = {name: _changed(preset, cls.switch) for name, preset in OFDiff.presets.items()}
        cls.presets = merge(changed, tiny=cls.equal_time)


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
    equal_time: ClassVar[dict[str, Any]] = {"train_steps": 1150, "mean_rate": 7.2}


class NoDiffusion(Ablation):
    """The deterministic warp."""

    switch: ClassVar[dict[str, Any]] = {"diffusion": False, "relative_to": "prediction"}
    equal_time: ClassVar[dict[str, Any]] = {"train_steps": 2940, "mean_rate": 2.8}


class OverPrediction(Ablation):
    """Rain relative to the prediction, as the past corrects it, in place of interpolated rain."""

    switch: ClassVar[dict[str, Any]] = {"relative_to": "prediction"}


class NoSwinIR(Ablation):
    """Interpolated rain in place of Swin-IR."""

    coarse_share = 0.06
    switch: ClassVar[dict[str, Any]] = {"mean_network": "interpolation"}
    equal_time: ClassVar[dict[str, Any]] = {"train_steps": 1025, "mean_share": 0.0}  # nothing to train first


class UNetMean(Ablation):
    """A U-Net in place of Swin-IR."""

    coarse_share = 0.0
    switch: ClassVar[dict[str, Any]] = {"mean_network": "unet"}
    equal_time: ClassVar[dict[str, Any]] = {"train_steps": 765, "mean_rate": 6.5, "mean_batch": 8}


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
    equal_time: ClassVar[dict[str, Any]] = {
        "mean_share": 0.0
    }  # which would train the prediction by its own loss
