"""``enscale``: stages that each double the resolution, given noise and trained on their energy scores.

After EnScale (Schillinger et al. 2025, arXiv 2509.26258): super-resolution in stages, each a small local
network that sees the field before it, the coarse fields and new noise, and each scored by the energy score.
EnScale's layers have weights of their own at each location of one domain; these share them, because tiles and
domains vary here. Its first step, which corrects a climate model's coarse field, has no counterpart where the
coarse field is the mean of the fine one.
"""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.nn import functional as F

from downbench import parameter
from downbench_methods.base.frame_by_frame import FrameConfig, FrameMethod, FrameModel
from downbench_methods.fields.finishing import FINISHING
from downbench_methods.fields.transform import Transform
from downbench_methods.networks.edsr import Block
from downbench_methods.networks.frame import FrameNetwork, fine_fields, upsample
from downbench_methods.training.draws import example_normal
from downbench_methods.training.losses import energy_loss
from downbench_methods.training.presets import FRAMES, merge

Batch = dict[str, Tensor]


class EnScaleConfig(FrameConfig):
    """Parameters of ``enscale``."""

    width: PositiveInt = parameter(64, "Maps of a stage.")
    blocks: PositiveInt = parameter(2, "Residual blocks of a stage.")
    noise_maps: PositiveInt = parameter(2, "Maps of noise that a stage is given.")
    members: Annotated[int, Field(ge=2)] = parameter(4, "Members of the ensemble that a step scores.")
    energy_block: PositiveInt = parameter(
        8, "Side of the blocks that the energy score takes as one vector, in cells of the stage."
    )


class StagedNetwork(FrameNetwork):
    """Stages from the coarse grid to the fine one, one for each prime factor between them."""

    def __init__(self, config: EnScaleConfig, channels: int, factor: int, relief: int | None) -> None:
        super().__init__()
        self.factor, self.relief, self.maps = factor, relief, config.noise_maps
        self.steps = prime_factors(factor)
        self.noise_maps, self.noise_density = self.maps * len(self.steps), factor
        seen = 1 + channels + self.maps
        self.networks = nn.ModuleList(_stage(seen, config.width, config.blocks) for _ in self.steps)

    def stages(self, coarse: Tensor, relief: Tensor, noise: Tensor) -> list[Tensor]:
        """Transformed rain of each stage, the last one on the fine grid; arguments as of :meth:`forward`."""
        rain, density, made = coarse[:, :1], 1, []
        for k, (step, network) in enumerate(zip(self.steps, self.networks, strict=True)):
            density *= step
            side = self.factor // density  # fine cells along the edge of the stage's cells
            relief_there = relief if self.relief is None else F.avg_pool2d(relief, side)
            fields = fine_fields(coarse, relief_there, self.relief, density)
            rain = upsample(rain, step)
            rain = rain + network(torch.cat([rain, fields, self.stage_noise(noise, k, side)], 1))
            made.append(rain)
        return made

    def stage_noise(self, noise: Tensor, k: int, side: int) -> Tensor:
        """What stage ``k`` sees of the noise, in its cells of ``side`` fine cells."""
        white = noise[:, k * self.maps : (k + 1) * self.maps]
        return F.avg_pool2d(white, side) * side  # of unit variance again

    def forward(self, coarse: Tensor, relief: Tensor, noise: Tensor | None) -> Tensor:
        """Transformed rain (B, 1, H, W) of coarse fields, relief (B, 0 or 1, H, W) and noise (B, k, H, W)."""
        assert noise is not None
        return self.stages(coarse, relief, noise)[-1]


class EnScaleModel(FrameModel):
    """The stages, and the energy score of each."""

    network: StagedNetwork

    def __init__(self, network: StagedNetwork, dry: float, config: EnScaleConfig) -> None:
        super().__init__(network, dry)
        self.config = config

    def forward(self, batch: Batch, seed: int) -> dict[str, Tensor]:
        """Mean over stages of the fair energy score of every frame of clips.

        Args:
            batch: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W), fine and valid (B, T, H, W).
            seed: not used; noise follows from the examples.
        """
        members = self.config.members
        coarse, relief = batch["coarse"].flatten(0, 1), batch["relief"]
        frames = batch["coarse"].shape[1]
        noise = example_normal(batch, frames * members, *self.noise_shape(*coarse.shape[-2:])).flatten(0, 1)
        relief = relief.repeat_interleave(frames * members, 0)
        made = self.network.stages(coarse.repeat_interleave(members, 0), relief, noise)
        fine, valid = batch["fine"].flatten(0, 1), batch["valid"].flatten(0, 1)
        losses = {}
        for rain in made:
            side = fine.shape[-1] // rain.shape[-1]
            truth = F.avg_pool2d(fine[:, None], side)[:, 0]
            counts = F.avg_pool2d(valid[:, None].float(), side)[:, 0] == 1
            ensemble = rain.view(len(fine), members, *truth.shape[1:]).movedim(1, 0)
            losses[f"energy_{side}"] = energy_loss(ensemble, truth, counts, self.config.energy_block)
        spread = ensemble.detach().std(0).mean()
        return {"loss": torch.stack([*losses.values()]).mean(), **losses, "spread": spread}


class EnScale(FrameMethod[EnScaleConfig, EnScaleModel]):
    """An ensemble from stages, each trained on its energy score."""

    Config = EnScaleConfig
    coarse_share = 0.0
    presets = merge(
        FRAMES,
        FINISHING,
        smoke={"members": 2, "width": 8, "blocks": 1},
        tiny={"train_steps": 650, "batch": 8, "score_clips": 48, "width": 24},
        small={"batch": 16},
        paper={"batch": 2, "width": 128, "blocks": 4},
    )

    @classmethod
    def module_for(cls, config: EnScaleConfig, transform: Transform, factor: int) -> EnScaleModel:
        """Make the untrained module."""
        network = StagedNetwork(config, transform.channels, factor, transform.relief_channel)
        return EnScaleModel(network, transform.dry, config)


def _stage(seen: int, width: int, blocks: int) -> nn.Module:
    last = nn.Conv2d(width, 1, 3, padding=1)
    nn.init.normal_(last.weight, std=0.01)  # zeros would begin with members that are all alike
    body = (Block(width, 1.0) for _ in range(blocks))
    return nn.Sequential(nn.Conv2d(seen, width, 3, padding=1), nn.SiLU(), *body, nn.SiLU(), last)


def prime_factors(number: int) -> list[int]:
    """Prime factors, smallest first; of 1 there are none."""
    factors, prime = [], 2
    while number > 1:
        while number % prime == 0:
            factors.append(prime)
            number //= prime
        prime += 1
    return factors
