"""A generator and a critic, trained in turn."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from downbench_methods.base.frame_by_frame import FrameConfig, FrameMethod
from downbench_methods.gan.networks import Critic
from downbench_methods.training.clips import Clips

Losses = dict[str, Tensor]
Batch = dict[str, Tensor]


class AdversarialModel(nn.Module):
    """What the GANs share: whose turn it is, and what the critic is shown.

    Args:
        generator: makes ``members``, no less than ``dry``.
        critic_steps: steps of the critic for one of the generator.
        members: of the ensemble that a step of the generator makes.

    ``weight`` is that of the critic's judgement in the generator's loss.
    """

    weight: Tensor
    generator: Any

    def __init__(self, generator: nn.Module, critic: Critic, critic_steps: int, members: int) -> None:
        super().__init__()
        self.generator, self.critic, self.number = generator, critic, members
        self.turns = ("critic",) * critic_steps + ("generator",)
        self.register_buffer("weight", next(critic.parameters()).new_zeros(()))

    def weigh(self, config: Any, step: int) -> None:
        """Let the critic have its say once the generator has learnt something, and the critic too."""
        started = step >= config.content_only * config.train_steps
        self.weight.fill_(config.adversarial if started else 0.0)

    def forward(self, batch: Batch, seed: int, turn: str) -> Losses:
        """Loss and diagnostics of one turn.

        Args:
            batch: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W), fine and valid (B, T, H, W).
            seed: not used; noise follows from the examples.
            turn: "critic" or "generator".
        """
        self.critic.requires_grad_(turn == "critic")
        if turn == "generator":
            return self.generator_loss(batch, self.generator.members(batch, self.number))
        with torch.no_grad():
            fake = self.shown(batch, self.generator.members(batch, 1))
        return self.critic_loss(batch, batch["fine"].flatten(0, 1)[:, None], fake)

    def shown(self, batch: Batch, members: Tensor) -> Tensor:
        """Members (M, B T, H, W) as the critic sees them, (M B T, 1, H, W): dry in gaps, as the truth is.

        The critic moves wet pixels only. What it thinks of dry ones would move what the network holds below
        dry, step by step and with nothing against it, until all of them turn wet at once.
        """
        valid, fine = batch["valid"].flatten(0, 1), batch["fine"].flatten(0, 1)
        if self.generator.dry is not None:
            members = torch.where(members > self.generator.dry, members, members.detach())
        return torch.where(valid, members, fine).flatten(0, 1)[:, None]

    def judge(self, batch: Batch, rain: Tensor) -> Tensor:
        """The critic's judgement (M B T,) of rain (M B T, 1, H, W)."""
        coarse, relief = batch["coarse"].flatten(0, 1), batch["relief"]
        relief = relief.repeat_interleave(len(coarse) // len(relief), 0)
        repeats = len(rain) // len(coarse)
        out: Tensor = self.critic(rain, *(x.repeat(repeats, 1, 1, 1) for x in (coarse, relief)))
        return out

    @abstractmethod
    def critic_loss(self, batch: Batch, real: Tensor, fake: Tensor) -> Losses:
        """Loss of the critic for real and made rain, both (B T, 1, H, W)."""

    @abstractmethod
    def generator_loss(self, batch: Batch, members: Tensor) -> Losses:
        """Loss of the generator for members (M, B T, H, W)."""


Opposed = TypeVar("Opposed", bound=FrameConfig)


class Adversarial(FrameMethod[Opposed, AdversarialModel]):
    """A method whose module is an :class:`AdversarialModel`."""

    def before_step(self, clips: Clips, step: int) -> None:
        """Weigh the critic's judgement."""
        assert self.module is not None
        self.module.weigh(self.config, step)


def spread_and_error(members: Tensor, truth: Tensor) -> Losses:
    """Spread of members and error of their mean, root mean squares: alike where an ensemble is calibrated."""
    members = members.detach()
    m = len(members)
    spread = (members.var(0).mean() * (m + 1) / m).sqrt() if m > 1 else members.new_zeros(())
    return {"spread": spread, "error": (members.mean(0) - truth).square().mean().sqrt()}
