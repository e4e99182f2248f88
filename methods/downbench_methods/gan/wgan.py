"""``wgan-gp``: conditional Wasserstein GAN for ensembles (Leinonen et al. 2021; Harris et al. 2022)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from downbench_methods.base.frame_by_frame import FrameModel
from downbench_methods.fields.transform import Transform
from downbench_methods.gan.configuration import WGAN, WassersteinConfig, WGANConfig
from downbench_methods.gan.model import Adversarial, AdversarialModel, Batch, Losses, spread_and_error
from downbench_methods.gan.networks import Critic, Generator
from downbench_methods.networks.frame import FrameNetwork, FrameUNet
from downbench_methods.training.draws import example_uniform
from downbench_methods.training.losses import energy_loss, scales_loss


class WGANModel(AdversarialModel):
    """Wasserstein losses with a gradient penalty (Gulrajani et al. 2017, arXiv 1704.00028, eq. 3)."""

    def __init__(self, generator: nn.Module, critic: Critic, config: WassersteinConfig) -> None:
        super().__init__(generator, critic, config.critic_steps, config.members)
        self.config = config

    def critic_loss(self, batch: Batch, real: Tensor, fake: Tensor) -> Losses:
        """Less the gap between judgements, and the penalty on slopes that are not one between the fields."""
        gap = (self.judge(batch, real) - self.judge(batch, fake)).mean()
        share = example_uniform(batch, len(real) // len(batch["seed"])).flatten()[:, None, None, None]
        between = torch.lerp(real, fake, share).requires_grad_()
        (slopes,) = torch.autograd.grad(self.judge(batch, between).sum(), between, create_graph=True)
        # slopes in units of the root-mean-square difference, so that the size of a patch changes no weight
        slope = (slopes.square().sum((1, 2, 3)) * between[0].numel() + 1e-12).sqrt()
        penalty = (slope - 1).square().mean()
        return {"loss": self.config.penalty * penalty - gap, "gap": gap, "slope": slope.mean()}

    def generator_loss(self, batch: Batch, members: Tensor) -> Losses:
        """Less the critic's judgement of every member, and the ensemble's fair CRPS."""
        fine, valid = batch["fine"].flatten(0, 1), batch["valid"].flatten(0, 1)
        crps = scales_loss(members, fine, valid, self.config.scales)
        judged = self.judge(batch, self.shown(batch, members)).mean()
        energy = energy_loss(members, fine, valid, self.config.energy_block)
        loss = self.config.content * (crps + energy) / 2 - self.weight * judged
        return {"loss": loss, "crps": crps, "energy": energy, **spread_and_error(members, fine)}


class WGANGP(Adversarial[WGANConfig]):
    """An ensemble from noise, trained against a critic."""

    Config = WGANConfig
    coarse_share = 0.0
    presets = WGAN

    @classmethod
    def module_for(cls, config: WGANConfig, transform: Transform, factor: int) -> WGANModel:
        """Make the untrained generator and critic."""
        channels, relief = transform.channels, transform.relief_channel
        has_relief = relief is not None
        network: FrameNetwork
        if config.generator == "unet":
            network = FrameUNet(config, channels, factor, relief, config.noise_maps)
        else:
            network = Generator(channels, factor, config.residual_width, has_relief, config.noise_maps)
        critic = Critic(channels, factor, config.critic_width, has_relief, config.critic_patch)
        return WGANModel(FrameModel(network, transform.dry), critic, config)
