"""``prior-guided``: diffusion of fine rain alone, guided by the coarse rain when it samples.

The denoiser never sees a coarse field: it learns what rain looks like (beside relief, where there is any).
What it makes out at each noise level of sampling is then conditioned on the block means, as
:mod:`downbench_methods.prior.guidance` has it. Training needs no coarse data, and the same weights serve
any coarse input whose block means are known.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar

import torch
from pydantic import NonNegativeFloat, NonNegativeInt
from torch import Tensor, nn

from downbench import FieldSequence, FitContext, parameter
from downbench_methods.diffusion.condition import Condition
from downbench_methods.diffusion.configuration import DiffusionConfig
from downbench_methods.diffusion.method import DiffusionMethod
from downbench_methods.diffusion.model import DiffusionModel
from downbench_methods.diffusion.presets import PRESETS
from downbench_methods.fields.noise_in_time import fitted_memory
from downbench_methods.fields.transform import Transform
from downbench_methods.networks.frame import upsample
from downbench_methods.prior.guidance import BlockMeans, guided
from downbench_methods.training.clips import Clips
from downbench_methods.training.presets import merge
from downbench_methods.training.pseudo_pairs import own_pairs


class PriorGuidedConfig(DiffusionConfig):
    """Parameters of the prior and of its guidance."""

    guidance_steps: NonNegativeInt = parameter(
        2,
        "Steps of conjugate gradients by which each evaluation is conditioned on the coarse rain, with a "
        "backward pass each; 0 takes the pseudo-inverse, without any.",
    )
    coarse_error: NonNegativeFloat = parameter(
        0.01, "Standard deviation of coarse rain about the mean of the fine, in that of transformed rain."
    )


class PriorGuidedModel(DiffusionModel):
    """Denoiser of rain that sees relief at most; what it makes out is conditioned on coarse rain."""

    config: PriorGuidedConfig
    transform: Transform = Transform()

    def build(self, channels: int) -> None:
        """Make the denoiser, whatever coarse channels there are."""
        self.denoiser = self.build_denoiser(int(self.relief is not None))

    def condition(self, coarse: Tensor, relief: Tensor) -> Condition:
        """Relief, and beside it, for guidance alone, the coarse rain of clips (B, T, C, h, w)."""
        frames, flat = coarse.shape[1], coarse.flatten(0, 1)
        seen = relief.repeat_interleave(frames, 0)
        height, width = (size * self.factor for size in coarse.shape[-2:])
        return Condition(seen, coarse.new_zeros(len(flat), 1, height, width), (flat[:, :1],))

    def denoise(self, x: Tensor, logsnr: Tensor, condition: Condition, frames: int) -> Tensor:
        """Predict the velocity, without the coarse rain."""
        return super().denoise(x, logsnr, replace(condition, maps=()), frames)

    def clean(self, x: Tensor, logsnr: Tensor, condition: Condition, frames: int) -> Tensor:
        """Predict what diffusion models without noise, given the coarse rain where there is some."""
        if not condition.maps:
            return super().clean(x, logsnr, condition, frames)
        with torch.inference_mode(False):
            alone = replace(condition, seen=condition.seen.clone(), maps=())
            level = logsnr.clone()
        scale, config = float(self.residual_scale), self.config
        return guided(
            lambda field: super(PriorGuidedModel, self).clean(field, level, alone, frames),
            x,
            logsnr,
            condition.maps[0],
            partial(BlockMeans.about, transform=self.transform, scale=scale, factor=self.factor),
            config.guidance_steps,
            config.coarse_error,
        )


class PriorGuided(DiffusionMethod[PriorGuidedConfig]):
    """Diffusion of fine rain, guided by coarse rain."""

    Config = PriorGuidedConfig
    coarse_share = 0.0
    Model = PriorGuidedModel
    where_not_mean: ClassVar = {"conserve": False, "coarse_error": 0.3}
    presets = merge(
        PRESETS,
        smoke={"guidance_steps": 1},
        tiny={"guidance_steps": 0, "train_steps": 1700, "score_clips": 16, "score_members": 2},
        small={"score_clips": 32, "score_members": 2},
    )

    @classmethod
    def module_for(cls, config: PriorGuidedConfig, transform: Transform, factor: int) -> nn.Module:
        """Make the denoiser."""
        model = super().module_for(config, transform, factor)
        model.transform = transform  # type: ignore[assignment]
        return model

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Train on fine rain; coarse fields are not read.

        The block means of the fine rain itself choose wet patches and a checkpoint, and finish samples.

        Raises:
            UserError: as of :meth:`NetworkMethod.fit`.
            RunFailed: training diverged.
        """
        ours, theirs = (
            tuple(own_pairs(sequence, context.factor) for sequence in split) for split in (train, validation)
        )
        super().fit(ours, theirs, context)

    def residual_memory(self, clips: Clips) -> float:
        """That of what fine rain has beyond its own interpolated block means."""
        batches = self.memory_clips(clips.of_length(2))
        residuals = []
        for batch in batches:
            smooth = upsample(batch["coarse"][:, :, 0], self.factor)
            residuals.append(batch["fine"] - smooth)
        valid = torch.cat([batch["valid"] for batch in batches])
        return fitted_memory(torch.cat(residuals), valid, clips.hours)
