"""A method that is a network: its author writes the network, and a loss where the default will not do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import ClassVar, TypeVar, get_args

import torch
from torch import Tensor, nn

from downbench import UserError
from downbench_methods.base.frame_by_frame import FrameMethod, FrameModel
from downbench_methods.fields.transform import Transform
from downbench_methods.networks.frame import FrameNetwork
from downbench_methods.toolkit.configuration import (
    ENSEMBLE_PRESETS,
    PRESETS,
    Presets,
    TorchConfig,
    TorchEnsembleConfig,
)
from downbench_methods.toolkit.field_network import FieldNetwork, Grid
from downbench_methods.training.losses import crps_loss, masked_mse

Losses = Tensor | dict[str, Tensor]
Loss = Callable[[Tensor, Tensor, Tensor], Losses]


class TorchModel(FrameModel):
    """A network and the loss that training makes small.

    Args:
        members: that a step draws; None is a network without noise.
        loss: of rain (N, H, W), or members (M, N, H, W), of truth and of what is valid, (N, H, W) each.
    """

    def __init__(self, network: FrameNetwork, dry: float | None, members: int | None, loss: Loss) -> None:
        super().__init__(network, dry)
        self.drawn, self.loss = members, loss

    def forward(self, batch: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
        """Losses of every frame of clips; whatever else is random in the network follows from ``seed``."""
        fine, valid = batch["fine"].flatten(0, 1), batch["valid"].flatten(0, 1)
        with torch.random.fork_rng([fine.device] if fine.is_cuda else []):
            torch.manual_seed(seed % 2**63)
            made = self.members(batch, self.drawn or 1)
        losses = self.loss(made if self.drawn else made[0], fine, valid)
        return losses if isinstance(losses, dict) else {"loss": losses}


Parameters = TypeVar("Parameters", bound=TorchConfig)
EnsembleParameters = TypeVar("EnsembleParameters", bound=TorchEnsembleConfig)


class OwnNetwork(FrameMethod[Parameters, TorchModel]):
    """What both kinds share: a network that works frame by frame.

    Training on patches, the average of weights, the choice of a checkpoint on validation data, resuming,
    several devices, windows over large fields, conserved mass and saving come with it. The network works on
    transformed rain (:class:`Transform`); what is sampled is in mm/h again.

    Attributes:
        grid: ``"fine"``: the network sees all fields interpolated to the fine grid, (B, C, H, W), with the
            topography at its full resolution. ``"coarse"``: it sees (B, C, h, w) and enlarges itself.
        multiple: what the sides of maps must be a multiple of, 2**n for a network that halves them n times;
            they are padded, and the output is cut.
        residual: what the network gives is added to the interpolated coarse rain.
        noise_maps: maps of standard normal noise, the last channels that the network sees.
    """

    grid: ClassVar[Grid] = "fine"
    multiple: ClassVar[int] = 1
    residual: ClassVar[bool] = True
    noise_maps: ClassVar[int] = 0

    @classmethod
    @abstractmethod
    def network(cls, config: Parameters, channels: int, factor: int) -> nn.Module:
        """Make the untrained network; plug-in authors write this.

        Args:
            config: of the method.
            channels: maps that the network sees: coarse rain first, then other predictors, topography and a
                mask of what is missing, as far as the data have any, and last the noise.
            factor: how many times finer the fine grid is.

        Returns:
            A module from (B, channels, y, x) to transformed rain (B, 1, H, W). What it sees and what it is to
            give have a standard deviation near one.
        """

    @classmethod
    def _fitted_in(cls, config: Parameters, transform: Transform, factor: int) -> FieldNetwork:
        """Make the untrained network, and hand it its maps.

        Raises:
            UserError: ``grid`` or ``multiple`` is none, or the author's ``network`` gives no module.
        """
        if cls.grid not in get_args(Grid):
            raise UserError(f"{cls.__name__}.grid is {cls.grid!r}", 'it is "fine" or "coarse"')
        if not isinstance(cls.multiple, int) or cls.multiple < 1:
            raise UserError(
                f"{cls.__name__}.multiple is {cls.multiple!r}", "it is a whole number from 1 on, such as 2**n"
            )
        network = cls.network(config, transform.channels + cls.noise_maps, factor)
        if not isinstance(network, nn.Module):
            raise UserError(f"{cls.__name__}.network gives {network!r}, which is no torch.nn.Module")
        settings = cls.noise_maps, cls.multiple, cls.residual
        return FieldNetwork(network, cls.grid, factor, transform.relief_channel, *settings)


class TorchMethod(OwnNetwork[Parameters]):
    """A deterministic method: write :meth:`network`, and :meth:`loss` where the squared error will not do."""

    Config: ClassVar[type[TorchConfig]] = TorchConfig
    presets: ClassVar[Presets] = PRESETS

    @classmethod
    def loss(cls, config: Parameters, rain: Tensor, truth: Tensor, valid: Tensor) -> Losses:
        """What training makes small.

        Args:
            config: of the method.
            rain: transformed, (N, H, W); truth: likewise.
            valid: where the truth counts, (N, H, W).

        Returns:
            A number, or several by name, of which ``"loss"`` is made small and all are logged.
        """
        return masked_mse(rain, truth, valid)

    @classmethod
    def module_for(cls, config: Parameters, transform: Transform, factor: int) -> TorchModel:
        """Make the untrained module."""
        return TorchModel(cls._fitted_in(config, transform, factor), None, None, partial(cls.loss, config))

    def members(self, wanted: int) -> int:
        """One."""
        return 1


class TorchEnsemble(OwnNetwork[EnsembleParameters]):
    """An ensemble: the network sees noise too, and is trained on a score of its members.

    Write :meth:`network`, and :meth:`loss` where the fair CRPS of pixels will not do. Members are calibrated,
    and their noise gets a memory in time, as those of the built-in ensembles. Noise is the only thing that
    makes members differ: it follows from seed, member, tile and time, so that samples are the same however
    they are batched or resumed.
    """

    Config: ClassVar[type[TorchEnsembleConfig]] = TorchEnsembleConfig
    presets: ClassVar[Presets] = ENSEMBLE_PRESETS
    noise_maps: ClassVar[int] = 1

    @classmethod
    def loss(cls, config: EnsembleParameters, members: Tensor, truth: Tensor, valid: Tensor) -> Losses:
        """What training makes small.

        Args:
            config: of the method.
            members: transformed rain, (M, N, H, W).
            truth: likewise, (N, H, W).
            valid: where the truth counts, (N, H, W).

        Returns:
            A number, or several by name, of which ``"loss"`` is made small and all are logged.
        """
        return crps_loss(members, truth, valid)

    @classmethod
    def module_for(cls, config: EnsembleParameters, transform: Transform, factor: int) -> TorchModel:
        """Make the untrained module."""
        network, loss = cls._fitted_in(config, transform, factor), partial(cls.loss, config)
        return TorchModel(network, transform.dry, config.members, loss)
