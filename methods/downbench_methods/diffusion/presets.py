"""Presets of what the diffusion methods share, on frames; methods on clips change what clips need."""

from __future__ import annotations

from downbench_methods.training.presets import CALIBRATION, TRAINING, UNET, Presets, merge

NOISE: Presets = {
    name: {"schedule": "cosine", "noise_steps": 1000, "solver": "dpmpp", "spacing": "logsnr"}
    for name in ("smoke", "tiny", "small")
}

# help for short training; "paper" has OF-Diff's own settings
SHARED = merge(
    TRAINING,
    UNET,
    NOISE,
    CALIBRATION,
    smoke={"wiener": True, "conserve": True, "steps": 3, "score_steps": 3},
    tiny={"wiener": True, "conserve": True},
    small={"wiener": True, "conserve": True, "steps": 16, "score_clips": 64},
    paper={"schedule": "sigmoid", "noise_steps": 1500, "solver": "ddim", "steps": 20},
)

PRESETS = merge(
    SHARED,
    smoke={"clip": 1},
    tiny={"clip": 1, "train_steps": 1450, "batch": 24, "steps": 8, "score_clips": 48},
    small={"clip": 1, "batch": 32},
    paper={"clip": 1, "batch": 5},
)
