"""``residual-gan``: a deterministic prediction, and a GAN's generator of what it leaves, frame by frame.

A GAN on the residual of a regression network, as Rampal et al. 2025 (10.1029/2024MS004668) downscale
climate models. It is ``ofdiff-gan`` without the flow network: Swin-IR for the prediction, the generator and
critic of ``wgan-gp`` for the rest, both trained at once.
"""

from __future__ import annotations

from typing import Any, ClassVar

from downbench_methods.ofdiff.gan import OFDiffGAN
from downbench_methods.training.presets import merge


class ResidualGAN(OFDiffGAN):
    """A generator of the residual over Swin-IR."""

    switch: ClassVar[dict[str, Any]] = {**OFDiffGAN.switch, "flow": False, "order": 0, "clip": 1}
    presets = merge(
        OFDiffGAN.presets,
        dict.fromkeys(OFDiffGAN.presets, switch),
        smoke={"batch": 4},
        tiny={"batch": 24, "train_steps": 1220},
        small={"batch": 32},
        paper={"batch": 5},
    )
