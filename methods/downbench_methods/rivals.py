"""Studies of OF-Diff among other methods: all of them, on data from elsewhere, and as the budget grows."""

from __future__ import annotations

from downbench import Study

METRICS = (
    "crps",
    "energy-score",
    "emd",
    "quantiles p99",
    "quantiles p99.9",
    "quantiles p99.99",
    "psd 4-32 cells",
    "sae",
    "lag1 absolute",
    "tendency",
)

RIVALS = Study(
    reference="ofdiff",
    questions={
        "climatology": "What does the coarse input tell at all?",
        "analogs": "Does a library of past fields do?",
        "bcsd": "Does correcting quantiles do?",
        "quantile-delta-mapping": "Does correcting quantiles and keeping their changes do?",
        "rainfarm": "Does random structure of the right spectrum do?",
        "lognormal-cascade": "Does a random cascade do?",
        "unet": "Does a deterministic U-Net do?",
        "swin-ir": "Does OF-Diff's own deterministic network do?",
        "edsr": "Does a deterministic convolutional network do?",
        "video-swin": "Does a deterministic network that sees frames before and after do?",
        "unet-crps": "Does one evaluation of a network trained on CRPS do?",
        "unet-noise": "Does noise without structure do, over a U-Net's mean?",
        "enscale": "Do stages with noise do, trained on energy scores?",
        "enscale-t": "Does it pay to tell them the frame before?",
        "bernoulli-gamma": "Does a distribution in each cell do, without structure?",
        "wgan-gp": "Does a GAN with an ensemble's loss do?",
        "residual-gan": "Does a GAN of the residual do, in place of diffusion?",
        "srgan": "Does a plain GAN do?",
        "image-diffusion": "Is a mean needed beneath diffusion?",
        "edm-residual": "Is a learned mean needed beneath diffusion?",
        "ofdiff-self-supervised": "Does OF-Diff need fine rain to learn from?",
        "prior-guided": "Does fine rain do to learn from, without its coarse fields?",
        "ofdiff-fast": "Do one or two evaluations of OF-Diff do?",
        "swin-ir-diffusion": "Do frames before and their flow pay?",
        "flow-matching": "Does rectified flow do in place of diffusion?",
        "video-diffusion": "Does attention over time do, without a mean?",
        "space-time-diffusion": "Does a model that can refine time as well do?",
        "stvd": "Does attention over time do, with a mean?",
    },
    metrics=METRICS,
)

TRANSFER = Study(
    reference="ofdiff",
    questions={
        "ofdiff-no-flow": "Does the flow travel?",
        "swin-ir-diffusion": "Does diffusion on a mean alone travel better?",
        "unet-crps": "Does a network trained on CRPS travel better?",
        "mean-noise": "Does noise without structure travel better?",
        "mean-spectrum-noise": "Does noise with a spectrum travel better?",
        "analogs": "Does a library of past fields travel?",
        "rainfarm": "Does random structure, fitted to the coarse rain itself, travel better?",
    },
    metrics=METRICS,
)

_STEPS = ("train_steps",)

BUDGETS = Study(
    reference="ofdiff",
    questions={
        "ofdiff-no-flow": "Does the flow pay once there is more training?",
        "swin-ir-diffusion": "Is diffusion on a mean alone ahead at every budget?",
        "unet-crps": "Does one evaluation keep up?",
        "mean-noise": "Does a better mean do?",
        "analogs": "Does a larger library do?",
    },
    metrics=METRICS,
    scaled={
        "ofdiff": _STEPS,
        "ofdiff-no-flow": _STEPS,
        "swin-ir-diffusion": _STEPS,
        "unet-crps": _STEPS,
        "mean-noise": _STEPS,
        "analogs": ("frames", "patches"),
    },
    times=(1.0, 4.0, 16.0),
)
