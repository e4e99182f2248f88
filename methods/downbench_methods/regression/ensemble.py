"""``unet-crps``: a U-Net with noise as an input, trained on fair scores of a small ensemble.

The energy score of fields as in EnScale and engression (Shen and Meinshausen 2023, arXiv 2307.00835) and the
CRPS of pixels, both in their fair form, so that few members a step are no reason to be over-confident. A
sample costs one evaluation of the network, where diffusion takes one for every step of its solver.
"""

from __future__ import annotations

from torch import Tensor

from downbench_methods.base.frame_by_frame import FrameMethod, FrameModel
from downbench_methods.fields.finishing import FINISHING
from downbench_methods.fields.transform import Transform
from downbench_methods.networks.frame import FrameNetwork, FrameUNet
from downbench_methods.regression.configuration import EnsembleConfig
from downbench_methods.training.losses import energy_loss, scales_loss
from downbench_methods.training.presets import FRAMES, UNET, merge


class EnsembleModel(FrameModel):
    """A network with noise and the score of its ensemble."""

    def __init__(self, network: FrameNetwork, dry: float, config: EnsembleConfig) -> None:
        super().__init__(network, dry)
        self.config = config

    def forward(self, batch: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
        """Scores of every frame of clips.

        Args:
            batch: coarse (B, T, C, h, w), relief (B, 0 or 1, H, W), fine and valid (B, T, H, W).
            seed: not used; noise follows from the examples.
        """
        members = self.members(batch, self.config.members)
        fine, valid = batch["fine"].flatten(0, 1), batch["valid"].flatten(0, 1)
        crps = scales_loss(members, fine, valid, self.config.scales)
        energy = energy_loss(members, fine, valid, self.config.energy_block)
        weight = self.config.energy
        spread = members.detach().std(0).mean()
        return {
            "loss": (1 - weight) * crps + weight * energy,
            "crps": crps,
            "energy": energy,
            "spread": spread,
        }


class UNetCRPS(FrameMethod[EnsembleConfig, EnsembleModel]):
    """An ensemble from noise, trained on proper scores."""

    Config = EnsembleConfig
    coarse_share = 0.0
    presets = merge(
        FRAMES,
        FINISHING,
        UNET,
        smoke={"members": 2},
        tiny={"train_steps": 1750, "batch": 8, "score_clips": 48},
        small={"batch": 16},
        paper={"batch": 2},
    )

    @classmethod
    def module_for(cls, config: EnsembleConfig, transform: Transform, factor: int) -> EnsembleModel:
        """Make the untrained module."""
        channels, relief = transform.channels, transform.relief_channel
        network = FrameUNet(config, channels, factor, relief, config.noise_maps)
        return EnsembleModel(network, transform.dry, config)
