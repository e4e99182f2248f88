"""``image-diffusion``: rain itself by diffusion, frame by frame, with no prediction of its mean.

The plain conditional model: the denoiser sees interpolated coarse fields and fine relief beside the noise,
as in SR3 (Saharia et al. 2021, arXiv 2104.07636), and has to find the mean as well as what varies about it.
"""

from __future__ import annotations

from downbench_methods.diffusion.configuration import DiffusionConfig
from downbench_methods.diffusion.method import DiffusionMethod
from downbench_methods.diffusion.presets import PRESETS


class ImageDiffusion(DiffusionMethod[DiffusionConfig]):
    """Conditional diffusion of transformed rain, frame by frame."""

    coarse_share = 0.0
    presets = PRESETS
