"""Parameters of the regression methods and their presets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from downbench import Config
from downbench_methods.base.frame_by_frame import FrameConfig
from downbench_methods.fields.calibration import CalibrationConfig
from downbench_methods.networks.frame import UNetConfig
from downbench_methods.ofdiff.configuration import SwinIRConfig
from downbench_methods.training.presets import TRAINING, Presets, merge

Share = Annotated[float, Field(ge=0, le=1)]


class RegressionConfig(FrameConfig):
    """Parameters of every deterministic network."""

    loss: Literal["mse", "mae", "quantile"] = "mse"
    quantile: Share = 0.5  # that the loss "quantile" asks for


class UNetRegressionConfig(UNetConfig, RegressionConfig):
    """Parameters of ``unet``."""


class SwinIRRegressionConfig(SwinIRConfig, RegressionConfig):
    """Parameters of ``swin-ir``."""

    clip: PositiveInt = 1


class EDSRSizes(Config):
    """Sizes of EDSR; the defaults are the paper's."""

    features: PositiveInt = 256
    blocks: PositiveInt = 32
    residual_scale: PositiveFloat = 0.1
    edsr_skip: bool = False  # whether interpolated rain is added to the output


class EDSRConfig(EDSRSizes, RegressionConfig):
    """Parameters of ``edsr``."""


class EnsembleConfig(UNetConfig, CalibrationConfig, FrameConfig):
    """Parameters of ``unet-crps``."""

    members: Annotated[int, Field(ge=2)] = 4  # of the ensemble that a step scores
    noise_maps: PositiveInt = 1  # on the fine grid
    scales: tuple[PositiveInt, ...] = (1, 2, 4, 8)  # fine cells a side of blocks whose means the CRPS scores
    energy: Share = 0.5  # weight of the energy score beside that of the CRPS
    energy_block: PositiveInt = 8  # fine cells a side that the energy score takes as one vector


REGRESSION = merge(
    TRAINING,
    smoke={"conserve": True},
    tiny={"batch": 24, "score_clips": 64, "conserve": True},
    small={"batch": 32, "score_clips": 128, "conserve": True},
    paper={"batch": 5},
)

EDSR_SIZES: Presets = {
    "smoke": {"features": 8, "blocks": 2, "residual_scale": 1.0, "edsr_skip": True},
    "tiny": {"features": 32, "blocks": 8, "residual_scale": 1.0, "edsr_skip": True},
    "small": {"features": 64, "blocks": 16, "residual_scale": 1.0, "edsr_skip": True},
    "paper": {},
}
