"""Parameters of the regression methods."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveInt

from downbench import Config, parameter
from downbench_methods.base.frame_by_frame import FrameConfig
from downbench_methods.networks.build import EDSRSizes, SwinIRConfig, UNetConfig

Share = Annotated[float, Field(ge=0, le=1)]


class LossConfig(Config):
    """What a deterministic network is trained for."""

    loss: Literal["mse", "mae", "quantile"] = parameter(
        "mse",
        "What training makes small: the squared or absolute error of transformed rain, or a quantile's loss.",
    )
    quantile: Share = parameter(0.5, "Level of the quantile that the loss quantile asks for.")


class RegressionConfig(LossConfig, FrameConfig):
    """Parameters of every deterministic network that works frame by frame."""


class UNetRegressionConfig(UNetConfig, RegressionConfig):
    """Parameters of ``unet``."""


class SwinIRRegressionConfig(SwinIRConfig, RegressionConfig):
    """Parameters of ``swin-ir``."""


class EDSRRegressionConfig(EDSRSizes, RegressionConfig):
    """Parameters of ``edsr``."""


class EnsembleConfig(UNetConfig, FrameConfig):
    """Parameters of ``unet-crps``."""

    members: Annotated[int, Field(ge=2)] = parameter(4, "Members of the ensemble that a step scores.")
    noise_maps: PositiveInt = parameter(1, "Maps of noise on the fine grid.")
    scales: tuple[PositiveInt, ...] = parameter(
        (1, 2, 4, 8), "Sides of the blocks whose means the CRPS scores.", "fine cells"
    )
    energy: Share = parameter(0.5, "Weight of the energy score; the CRPS has the rest.")
    energy_block: PositiveInt = parameter(
        8, "Side of the blocks that the energy score takes as one vector.", "fine cells"
    )
