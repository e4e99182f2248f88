"""What the presets of the network methods are put together from: training, and sizes of networks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Presets = Mapping[str, Mapping[str, Any]]

TRAINING: Presets = {
    "smoke": {
        "train_steps": 4,
        "batch": 2,
        "patch": 32,
        "rain_scale": 1.0,
        "warmup": 1,
        "log_every": 2,
        "checkpoint_every": 2,
        "validate_every": 4,
        "score_clips": 2,
        "score_members": 2,
    },
    "tiny": {"patch": 64, "rain_scale": 1.0, "lr": 1e-3},
    "small": {
        "train_steps": 20_000,
        "patch": 128,
        "halo": 16,
        "rain_scale": 1.0,
        "lr": 4e-4,
        "precision": "bf16-mixed",
        "ema": 0.999,
        "warmup": 500,
        "log_every": 100,
        "validate_every": 1000,
        "checkpoint_every": 1000,
    },
    "paper": {
        "train_steps": 700_000,
        "patch": 384,
        "lr": 1e-4,
        "lr_end": 5e-7,
        "warmup": 0,
        "checkpoint_every": 5000,
        "validate_every": 10_000,
        "log_every": 100,
    },
}

UNET: Presets = {
    "smoke": {
        "width": 16,
        "multipliers": (1, 2),
        "heads": 2,
        "head_width": 8,
        "unet_patch": 4,
        "stem": 3,
        "attention": "bottleneck",
    },
    "tiny": {
        "width": 32,
        "multipliers": (1, 2, 4),
        "head_width": 16,
        "unet_patch": 4,
        "stem": 3,
        "attention": "bottleneck",
    },
    "small": {
        "width": 64,
        "multipliers": (1, 2, 3, 4),
        "unet_patch": 2,
        "stem": 3,
        "attention": "bottleneck",
    },
    "paper": {},
}

SWINIR: Presets = {
    "smoke": {
        "swin_width": 16,
        "swin_depths": (2,),
        "swin_heads": 2,
        "swin_window": 4,
        "swin_features": 8,
        "swin_residual": "1conv",
        "swin_skip": True,
    },
    "tiny": {
        "swin_width": 32,
        "swin_depths": (2, 2),
        "swin_heads": 4,
        "swin_window": 4,
        "swin_features": 16,
        "swin_residual": "1conv",
        "swin_skip": True,
    },
    "small": {
        "swin_width": 96,
        "swin_depths": (4, 4, 4, 4),
        "swin_heads": 6,
        "swin_features": 32,
        "swin_skip": True,
    },
    "paper": {},
}

EDSR: Presets = {
    "smoke": {"features": 8, "blocks": 2, "residual_scale": 1.0, "edsr_skip": True},
    "tiny": {"features": 32, "blocks": 8, "residual_scale": 1.0, "edsr_skip": True},
    "small": {"features": 64, "blocks": 16, "residual_scale": 1.0, "edsr_skip": True},
    "paper": {},
}


# of a fit's time at factor 8, what goes with the coarse cells of a patch, if a third trains Swin-IR alone
COARSE_SHARE = 0.238


def relative_time(factor: int, share: float = COARSE_SHARE) -> float:
    """Time of training at a factor as a multiple of that at factor 8, for which presets are set.

    Patches have a number of fine cells, so that the lower the factor, the more coarse ones. What all methods
    are given was measured of OF-Diff when a third of its time trained Swin-IR alone, on HadUK (factor 4) and
    on MRMS: 390 and 234 CPU s on a quiet core.

    Args:
        share: of the time at factor 8 that goes with the coarse cells.
    """
    return 1 - share + share * (8 / factor) ** 2


def merge(*parts: Presets, **changes: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Parts one over the other, preset by preset, and changes by preset over them."""
    merged: dict[str, dict[str, Any]] = {name: {} for name in TRAINING}
    for part in (*parts, changes):
        for name, values in part.items():
            merged[name].update(values)
    return merged


def common(presets: Presets, names: Collection[str]) -> Presets:
    """What presets say of parameters with such names."""
    return {
        name: {key: value for key, value in preset.items() if key in names}
        for name, preset in presets.items()
    }


# methods that are trained frame by frame
FRAMES = merge(
    TRAINING,
    smoke={"conserve": True},
    tiny={"batch": 24, "score_clips": 64, "conserve": True},
    small={"batch": 32, "score_clips": 128, "conserve": True},
    paper={"batch": 5},
)
