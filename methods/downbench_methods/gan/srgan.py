"""``srgan``: super-resolution with an adversarial loss (Ledig et al. 2017, arXiv 1609.04802)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from downbench_methods.base.frame_by_frame import FrameModel
from downbench_methods.fields.transform import Transform
from downbench_methods.gan.configuration import SRGAN, SRGANConfig
from downbench_methods.gan.model import Adversarial, AdversarialModel, Batch, Losses
from downbench_methods.gan.networks import Critic
from downbench_methods.networks.build import build_edsr
from downbench_methods.networks.frame import CoarseNetwork
from downbench_methods.training.clips import Clips
from downbench_methods.training.losses import masked_mse


class SRGANModel(AdversarialModel):
    """Logistic losses."""

    def __init__(self, generator: FrameModel, critic: Critic, config: SRGANConfig) -> None:
        super().__init__(generator, critic, config.critic_steps, 1)

    def critic_loss(self, batch: Batch, real: Tensor, fake: Tensor) -> Losses:
        """Tell real from made rain (Ledig et al., eq. 2)."""
        true, made = self.judge(batch, real), self.judge(batch, fake)
        loss = F.softplus(-true).mean() + F.softplus(made).mean()
        right = ((true > 0).float().mean() + (made < 0).float().mean()) / 2
        return {"loss": loss, "gap": (true - made).mean(), "right": right}

    def generator_loss(self, batch: Batch, members: Tensor) -> Losses:
        """Squared error and, times ``weight``, what it takes to pass for real (Ledig et al., eq. 3 and 6)."""
        content = masked_mse(members[0], batch["fine"].flatten(0, 1), batch["valid"].flatten(0, 1))
        adversarial = F.softplus(-self.judge(batch, self.shown(batch, members))).mean()
        return {"loss": content + self.weight * adversarial, "content": content, "adversarial": adversarial}


class SRGANMethod(Adversarial[SRGANConfig]):
    """SRResNet trained on squared error first, then against a critic as well."""

    Config = SRGANConfig
    presets = SRGAN

    @classmethod
    def module_for(cls, config: SRGANConfig, transform: Transform, factor: int) -> SRGANModel:
        """Make the untrained generator and critic."""
        channels, has_relief = transform.channels, transform.topography is not None
        critic = Critic(channels, factor, config.critic_width, has_relief, config.critic_patch)
        network = CoarseNetwork(build_edsr(config, channels, factor))
        return SRGANModel(FrameModel(network, transform.dry), critic, config)

    def score(self, module: AdversarialModel, validation: Clips, device: str) -> dict[str, float]:
        """The absolute error [mm/h], for the log; the last weights are kept, since an error prefers blur."""
        return {"error": super().score(module, validation, device)["score"], "score": 0.0}
