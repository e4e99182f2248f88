"""The study ``rivals``: every other built-in method beside OF-Diff, and what its row tells."""

from __future__ import annotations

from downbench import Study

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
        "enscale": "Do stages with noise do, trained on energy scores?",
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
        "stvd": "Does attention over time do, with a mean?",
    },
    metrics=(
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
    ),
)
