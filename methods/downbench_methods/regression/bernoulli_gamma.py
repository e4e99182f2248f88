"""``bernoulli-gamma``: a U-Net that predicts, in each cell, the chance and the gamma distribution of rain.

The default network of statistical downscaling by deep learning: the mixed Bernoulli-gamma likelihood of
Williams 1998 and Cannon 2008 (10.1175/2008JHM960.1), with convolutions as in Baño-Medina et al. 2020
(10.5194/gmd-13-2109-2020). Cells are independent given the coarse fields, so samples have no structure of
their own in space; the finishing of all ensembles gives them their memory in time.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import PositiveFloat
from scipy.special import gammaincinv, ndtr
from torch import Tensor
from torch.nn import functional as F

from downbench import parameter
from downbench_methods.base.frame_by_frame import FrameConfig, FrameMethod, FrameModel
from downbench_methods.base.sampling import Array
from downbench_methods.fields.finishing import FINISHING
from downbench_methods.fields.transform import Transform
from downbench_methods.fields.windows import OVERLAP, Window, blend, coarse_side, scaled
from downbench_methods.networks.build import UNetConfig, build_unet
from downbench_methods.networks.frame import FrameNetwork, fine_fields
from downbench_methods.training.draws import example_normal
from downbench_methods.training.losses import masked_mean
from downbench_methods.training.presets import FRAMES, UNET, merge

Batch = dict[str, Tensor]
# Within these training is stable and quantiles are finite.
LOGITS, LOG_SHAPES, LOG_SCALES = (-15.0, 15.0), (-3.0, 4.0), (-6.0, 6.0)


class BernoulliGammaConfig(UNetConfig, FrameConfig):
    """Parameters of ``bernoulli-gamma``."""

    wet: PositiveFloat = parameter(0.01, "Rain from which a cell counts as wet.", "mm/h")


class ParameterNetwork(FrameNetwork):
    """A U-Net over interpolated coarse fields and fine relief, with a map for each parameter.

    The chance of rain is a logit, shape and scale are logarithms. ``noise_maps`` counts what a sample needs.
    """

    noise_maps = 1

    def __init__(self, config: UNetConfig, channels: int, factor: int, relief: int | None) -> None:
        super().__init__()
        self.factor, self.relief, self.noise_density = factor, relief, factor
        self.unet = build_unet(config, channels, 3)

    def forward(self, coarse: Tensor, relief: Tensor, noise: Tensor | None) -> Tensor:
        """The maps (B, 3, H, W): logit of the chance, logarithms of shape and scale [mm/h]."""
        out: Tensor = self.unet(fine_fields(coarse, relief, self.relief, self.factor))[0]
        limits = (LOGITS, LOG_SHAPES, LOG_SCALES)
        return torch.stack([out[:, k].clamp(*limit) for k, limit in enumerate(limits)], 1)


class BernoulliGammaModel(FrameModel):
    """The network, its likelihood, and samples from what it predicts."""

    def __init__(self, network: FrameNetwork, transform: Transform, wet: float) -> None:
        super().__init__(network)
        self.transform, self.wet = transform, wet

    def forward(self, batch: Batch, seed: int) -> dict[str, Tensor]:
        """Negative logarithm of the likelihood of every frame of clips.

        Args:
            batch: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W), fine and valid (B, T, H, W).
            seed: not used.
        """
        fine, valid = batch["fine"].flatten(0, 1), batch["valid"].flatten(0, 1)
        rain = self.transform.rate(fine)
        return {"loss": masked_mean(surprise(self.maps(batch), rain, self.wet), valid)}

    def maps(self, batch: Batch) -> Tensor:
        """Parameters of the frames of clips, (B T, 3, H, W)."""
        coarse, relief = batch["coarse"].flatten(0, 1), batch["relief"]
        out: Tensor = self.network(coarse, relief.repeat_interleave(len(coarse) // len(relief), 0), None)
        return out

    def members(self, batch: Batch, members: int) -> Tensor:
        """Members (M, B T, H, W) of the frames of clips, in transformed rain."""
        maps = self.maps(batch)
        frames, _, height, width = maps.shape
        shape = (batch["coarse"].shape[1] * members, height, width)
        noise = example_normal(batch, *shape).view(frames, members, height, width)
        rain = quantiles(maps.numpy(force=True), noise.movedim(1, 0).numpy(force=True))
        return torch.from_numpy(self.transform.forward(rain)).to(maps.device)


class BernoulliGamma(FrameMethod[BernoulliGammaConfig, BernoulliGammaModel]):
    """Independent cells, each wet with a chance and then gamma distributed."""

    Config = BernoulliGammaConfig
    coarse_share = 0.0
    presets = merge(
        FRAMES,
        FINISHING,
        UNET,
        tiny={"train_steps": 1950, "score_clips": 48},
    )

    @classmethod
    def module_for(
        cls, config: BernoulliGammaConfig, transform: Transform, factor: int
    ) -> BernoulliGammaModel:
        """Make the untrained module."""
        network = ParameterNetwork(config, transform.channels, factor, transform.relief_channel)
        return BernoulliGammaModel(network, transform, config.wet)

    def _predict(
        self, model: FrameModel, coarse: Array, relief: Array, noise: Array, device: str, cells: int
    ) -> Array:
        """Transformed rain (M, T, H, W) of coarse (T, C, h, w) and noise (M, T, 1, H, W).

        The network works once for all members.
        """

        def work(window: Window) -> Array:
            fields = torch.from_numpy(coarse[..., *window]).to(device)
            fine = torch.from_numpy(relief[..., *scaled(window, self.factor)]).to(device)
            maps: Tensor = model.network(fields, fine.expand(len(fields), *fine.shape), None)
            return maps.float().cpu().numpy()

        side = coarse_side(self.config.window, self.factor)
        with torch.inference_mode():
            maps = blend(work, coarse.shape[-2], coarse.shape[-1], side, OVERLAP, self.factor)
        return self.transform.forward(quantiles(maps, noise[:, :, 0]))


def surprise(maps: Tensor, rain: Tensor, wet: float) -> Tensor:
    """Negative logarithm of the Bernoulli-gamma likelihood, (N, H, W).

    Args:
        maps: logit of the chance of rain, logarithms of shape and scale, (N, 3, H, W).
        rain: in mm/h, (N, H, W); less than ``wet`` is none.
    """
    logit, log_shape, log_scale = maps.unbind(1)
    is_wet = rain >= wet
    amount = rain.clamp(min=wet)  # where it is dry the value does not matter
    shape = log_shape.exp()
    density = (shape - 1) * amount.log() - amount / log_scale.exp() - torch.lgamma(shape) - shape * log_scale
    return torch.where(is_wet, -F.logsigmoid(logit) - density, -F.logsigmoid(-logit))


def quantiles(maps: NDArray[np.float32], normal: NDArray[np.float32]) -> Array:
    """Rain [mm/h] at the quantiles that standard normal values stand for.

    Args:
        maps: as in :func:`surprise`, (N, 3, H, W).
        normal: (M, N, H, W).

    Returns:
        (M, N, H, W).
    """
    logit, log_shape, log_scale = np.moveaxis(maps.astype(np.float64), 1, 0)
    chance = 1 / (1 + np.exp(-logit))
    level = (ndtr(normal.astype(np.float64)) - (1 - chance)) / chance  # among wet values
    rain = np.zeros(normal.shape)
    wet = level > 0
    shape, scale = (np.broadcast_to(np.exp(x), normal.shape)[wet] for x in (log_shape, log_scale))
    # the highest float32 normal values have a level of exactly one, where the quantile is infinite
    rain[wet] = gammaincinv(shape, np.minimum(level[wet], 1 - 1e-7)) * scale
    return rain.astype(np.float32)
