"""The study ``ofdiff-ablations``: the paper's design questions, each with the ablation that answers it."""

from __future__ import annotations

from downbench import Study

ABLATIONS = Study(
    reference="ofdiff",
    questions={
        "ofdiff-no-flow": "Does the flow pay?",
        "ofdiff-no-diffusion": "Why diffusion, and not the deterministic warp?",
        "ofdiff-gan": "Why diffusion, and not a GAN?",
        "ofdiff-no-swin-ir": "Why a learned mean, and not interpolation?",
        "ofdiff-unet-mean": "Why Swin-IR, and not a U-Net?",
        "ofdiff-first-order": "Why two frames before, and not one?",
        "ofdiff-third-order": "Why two frames before, and not three?",
        "ofdiff-single-frame": "Why frames before at all?",
        "ofdiff-no-coarse": "Why condition on the coarse fields?",
        "ofdiff-no-maps": "Why condition on the flow's maps?",
        "ofdiff-separate": "Why joint training?",
        "ofdiff-one-loss": "Why three losses, and not one?",
    },
    metrics=(
        "crps",
        "emd",
        "quantiles p99.9",
        "quantiles p99.99",
        "psd 4-32 cells",
        "lag1 absolute",
        "tendency",
        "warping",
    ),
)
