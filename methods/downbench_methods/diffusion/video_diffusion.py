"""``video-diffusion``: clips of rain itself by diffusion, with no prediction of their mean (VDM).

The space-time U-Net of Ho et al. 2022 (arXiv 2204.03458): attention over time after every level's layers, one
noise level a clip. The denoiser sees interpolated coarse fields and fine relief of all frames. Longer
sequences are sampled in clips that share frames (``diffusion/sampling.py``).
"""

from __future__ import annotations

from typing import Any

from downbench_methods.diffusion.configuration import DiffusionConfig
from downbench_methods.diffusion.method import DiffusionMethod
from downbench_methods.diffusion.presets import PRESETS
from downbench_methods.training.presets import merge

FORGETFUL = {"noise_memory": 0.0}  # attention over time hangs a clip together, so that noise needs no memory
CLIPS: dict[str, dict[str, Any]] = {
    "smoke": {"batch": 2, "clip": 3, "overlap": 1, "time_heads": 2, **FORGETFUL},
    "tiny": {
        "train_steps": 1130,
        "batch": 4,
        "clip": 5,
        "overlap": 2,
        "time_heads": 4,
        "score_clips": 12,
        **FORGETFUL,
    },
    "small": {"batch": 6, "clip": 5, "overlap": 2, "time_heads": 8, "score_clips": 16, **FORGETFUL},
    "paper": {"batch": 1, "clip": 5, "overlap": 2, "time_heads": 8},
}  # what clips need in place of frames


class VideoDiffusion(DiffusionMethod[DiffusionConfig]):
    """Conditional diffusion of clips."""

    coarse_share = 0.0
    presets = merge(PRESETS, CLIPS)
