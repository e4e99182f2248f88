"""``ofdiff-gan``: a GAN's generator in place of OF-Diff's denoiser.

Swin-IR, flow and warp are OF-Diff's. The head is its U-Net without a noise level: it is told what the
denoiser is told, sees a map of noise, and gives a member in one evaluation. It is trained as the generator of
``wgan-gp`` is, with OF-Diff's losses of prediction and warped frame beside that.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from downbench import parameter
from downbench_methods.base.frame_by_frame import above_dry
from downbench_methods.diffusion.condition import Condition
from downbench_methods.diffusion.method import last_frames
from downbench_methods.fields.transform import Transform
from downbench_methods.gan.configuration import WGAN, WassersteinConfig
from downbench_methods.gan.model import Batch, Losses
from downbench_methods.gan.networks import Critic
from downbench_methods.gan.wgan import WGANModel
from downbench_methods.ofdiff.configuration import OFDiffConfig
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.ofdiff.model import Moved, OFDiffModel
from downbench_methods.training.clips import Clips
from downbench_methods.training.draws import example_normal
from downbench_methods.training.presets import common, merge


class OFDiffGANConfig(OFDiffConfig, WassersteinConfig):
    """Parameters of OF-Diff and of a critic; those of diffusion do not count."""

    diffusion: Literal[False] = parameter(False, "Whether there is diffusion: none.")


class Generator(OFDiffModel):
    """Deterministic network, flow U-Net, and a head that makes rain from noise."""

    config: OFDiffGANConfig
    dry: float | None = None  # what no rain is transformed to

    def build_head(self, seen: int, conditioned: bool) -> None:
        """Make the head; arguments as OF-Diff has them."""
        self.denoiser = None
        self.head = self.unet(1 + seen, 1, conditioned=conditioned)
        # a head of zeros would begin with members that are all alike
        nn.init.normal_(self.head.head.weight, std=0.01)

    @property
    def over_mean(self) -> bool:
        """Whether rain is relative to the prediction: where that of diffusion is."""
        return self.config.residual == "normal-scores"

    def direct(self, condition: Condition, noise: Tensor) -> Tensor:
        """Transformed rain (N, 1, H, W) from noise of the same shape."""
        out: Tensor = self.head(torch.cat([noise, condition.seen], 1), maps=condition.maps)[0]
        rain = condition.reference + out
        return rain if self.dry is None else above_dry(rain, self.dry)

    def ensemble(self, batch: Batch, members: int) -> tuple[Tensor, Moved]:
        """Members (M, N, H, W) of the frames of training clips that have a past, and what they come from."""
        moved = self.training_condition(batch)
        n, _, h, w = moved.seen.shape
        noise = example_normal(batch, n // len(batch["fine"]) * members, 1, h, w).flatten(0, 1)
        condition = moved if self.config.joint else moved.detach()
        rain = self.direct(condition.repeat(members, 1), noise)
        return rain.view(n, members, h, w).movedim(1, 0), moved


class OFDiffGANModel(WGANModel):
    """OF-Diff with the head, and the critic of ``wgan-gp``."""

    def __init__(self, config: OFDiffGANConfig, channels: int, factor: int, relief: int | None) -> None:
        made = Generator(config, channels, factor, relief)
        critic = Critic(channels, factor, config.critic_width, relief is not None, config.critic_patch)
        super().__init__(made, critic, config)

    def forward(self, batch: Batch, seed: int, turn: str = "generator") -> Losses:
        """Loss and diagnostics of one turn; arguments as ``wgan-gp`` has them."""
        self.critic.requires_grad_(turn == "critic")
        judged = last_frames(batch, batch["fine"].shape[1] - self.generator.past)
        if turn == "critic":
            with torch.no_grad():
                fake = self.shown(judged, self.generator.ensemble(batch, 1)[0])
            return self.critic_loss(judged, judged["fine"].flatten(0, 1)[:, None], fake)
        members, moved = self.generator.ensemble(batch, self.number)
        losses, base = self.generator_loss(judged, members), self.generator.base_loss(batch, moved)
        return {**losses, **base, "loss": losses["loss"] + base["loss"]}


class OFDiffGAN(OFDiff):
    """OF-Diff whose ensemble comes from a generator."""

    Config = OFDiffGANConfig
    Model = OFDiffGANModel
    switch: ClassVar[dict[str, Any]] = {"diffusion": False, "relative_to": "prediction"}
    presets = merge(
        OFDiff.presets,
        common(WGAN, WassersteinConfig.model_fields),
        dict.fromkeys(OFDiff.presets, switch),
        tiny={"mean_share": 0, "train_steps": 990, "ema": 0.98, "members": 2, "critic_steps": 1},
        small={"train_steps": 40_000, "lr": 2e-4, "warmup": 2000},
        paper={"lr": 1e-5, "lr_end": 1e-5, "adam": (0.5, 0.9)},
    )

    @classmethod
    def module_for(cls, config: OFDiffConfig, transform: Transform, factor: int) -> nn.Module:
        """Make generator and critic."""
        model = super().module_for(config, transform, factor)
        assert isinstance(model, OFDiffGANModel)
        model.generator.dry = transform.dry
        return model

    def before_step(self, clips: Clips, step: int) -> None:
        """Weigh the critic's judgement."""
        assert isinstance(self.module, OFDiffGANModel)
        self.module.weigh(self.settings, step)

    def members(self, wanted: int) -> int:
        """All that are wanted."""
        return wanted
