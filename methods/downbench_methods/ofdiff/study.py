"""OF-Diff's studies: its design questions, in two forms, and what each help is worth."""

from __future__ import annotations

from downbench import Study
from downbench_methods.ofdiff.catalogue import PAPER_FORM

METRICS = (
    "crps",
    "emd",
    "quantiles p99.9",
    "quantiles p99.99",
    "psd 4-32 cells",
    "lag1 absolute",
    "tendency",
    "warping",
)

QUESTIONS = {
    "ofdiff-no-flow": "Does the flow pay?",
    "ofdiff-context": "Why a flow, and not the same frames before as they stand?",
    "ofdiff-no-diffusion": "Why diffusion, and not the deterministic warp?",
    "ofdiff-gan": "Why diffusion, and not a GAN?",
    "ofdiff-over-prediction": "Why rain relative to interpolated rain, and not to the prediction?",
    "ofdiff-no-swin-ir": "Why a learned mean, and not interpolation?",
    "ofdiff-unet-mean": "Why Swin-IR, and not a U-Net?",
    "ofdiff-first-order": "Why two frames before, and not one?",
    "ofdiff-third-order": "Why two frames before, and not three?",
    "ofdiff-single-frame": "Why frames before at all?",
    "ofdiff-no-coarse": "Why condition on the coarse fields?",
    "ofdiff-no-maps": "Why condition on the flow's maps?",
    "ofdiff-separate": "Why joint training?",
    "ofdiff-one-loss": "Why three losses, and not one?",
}

ABLATIONS = Study(reference="ofdiff", questions=QUESTIONS, metrics=METRICS)

# Questions about losses and joint training belong here above all: other presets may train the prediction
# first, and then let it rest.
PAPER_ABLATIONS = Study(
    reference="ofdiff",
    questions={**QUESTIONS, "ofdiff-equal-losses": "Why these weights of the losses?"},
    metrics=METRICS,
    settings=PAPER_FORM,
)

HELP = Study(
    reference="ofdiff-paper-form",
    questions={
        "ofdiff-paper-scores": "What are normal scores worth?",
        "ofdiff-paper-wiener": "What is the Wiener filter worth?",
        "ofdiff-paper-mass": "What is conserving mass worth?",
        "ofdiff-paper-calibration": "What is calibration worth?",
        "ofdiff-paper-memory": "What is a memory of the noise worth?",
        "ofdiff-paper-prediction": "What is training the prediction first worth?",
        "ofdiff-paper-spread": "What is a fitted spread worth?",
        "ofdiff-paper-coarse-flow": "What is a flow on the coarse grid worth?",
        "ofdiff": "What are all of them worth together?",
    },
    metrics=METRICS,
)
