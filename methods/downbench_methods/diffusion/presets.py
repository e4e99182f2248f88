"""Presets of what the diffusion methods share, on frames; methods on clips change what clips need."""

from __future__ import annotations

from downbench_methods.fields.finishing import FINISHING
from downbench_methods.training.presets import SWINIR, TRAINING, UNET, Presets, merge

NOISE: Presets = {
    name: {"schedule": "cosine", "noise_steps": 1000, "solver": "dpmpp", "spacing": "logsnr"}
    for name in ("smoke", "tiny", "small")
}

# help for short training; "paper" has OF-Diff's own settings
SHARED = merge(
    TRAINING,
    UNET,
    NOISE,
    FINISHING,
    smoke={"wiener": True, "steps": 3, "score_steps": 3},
    tiny={"wiener": True},
    small={"wiener": True, "steps": 16, "score_clips": 64},
    paper={"schedule": "sigmoid", "noise_steps": 1500, "solver": "ddim", "steps": 20},
)

PRESETS = merge(
    SHARED,
    smoke={"clip": 1},
    tiny={"clip": 1, "train_steps": 1450, "batch": 24, "steps": 8, "score_clips": 48},
    small={"clip": 1, "batch": 32},
    paper={"clip": 1, "batch": 5},
)

# a residual over Swin-IR, as OF-Diff and its sibling without flow have it
OVER_SWINIR = merge(
    SHARED,
    SWINIR,
    smoke={"residual": "normal-scores", "spread": "fitted"},
    tiny={
        "train_steps": 1000,
        "batch": 24,
        "mean_share": 0.36,
        "residual": "normal-scores",
        "spread": "fitted",
        "steps": 6,
        "score_clips": 64,
    },
    small={"batch": 16, "residual": "normal-scores", "spread": "fitted"},
    paper={"batch": 1, "clip": 7},
)
