"""Parameters that all diffusion methods share, OF-Diff among them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from downbench import parameter
from downbench_methods.base.network import NetworkConfig
from downbench_methods.diffusion.samplers import Solver
from downbench_methods.diffusion.schedule import Schedule, Spacing
from downbench_methods.networks.build import SwinIRConfig, UNetConfig


class DiffusionConfig(UNetConfig, NetworkConfig):
    """Denoiser (a U-Net), noise, training and sampling."""

    time_heads: NonNegativeInt = parameter(0, "Heads of attention over time; 0 works frame by frame.")
    overlap: NonNegativeInt = parameter(
        0, "Frames that clips share in sampling, with attention over time.", "frames"
    )
    residual: Literal["additive", "normal-scores"] = parameter(
        "additive", "How rain is compared with a prediction."
    )
    wiener: bool = parameter(
        False, "Whether the denoiser's output is added to a locally adaptive Wiener filter's."
    )
    draws: PositiveInt = parameter(1, "Noise levels that one example is trained with in one step.")
    schedule: Schedule = parameter("cosine", "How noise grows over the steps of diffusion.")
    noise_steps: PositiveInt = parameter(1000, "Steps of diffusion.")
    schedule_shift: float = parameter(0.0, "Number that is added to the log signal-to-noise ratio.")
    solver: Solver = parameter("dpmpp", "Solver of sampling.")
    steps: PositiveInt = parameter(20, "Evaluations of the denoiser for one sample.")
    spacing: Spacing = parameter("time", "How the noise levels of these evaluations are spread.")
    spread: Literal["fitted"] | PositiveFloat = parameter(
        1.0, "Factor of the residual of samples; fitted is that with the best CRPS on validation data."
    )
    clip_residual: bool = parameter(
        True, "Whether the predicted field is kept between dry and somewhat above the training maximum."
    )
    score_clips: PositiveInt = parameter(16, "Validation clips that a checkpoint is chosen on.")
    score_members: PositiveInt = parameter(4, "Members that a checkpoint is chosen by.")
    score_steps: PositiveInt = parameter(8, "Evaluations for that choice, by DPM-Solver++.")


class OverPredictionConfig(SwinIRConfig, DiffusionConfig):
    """Parameters of diffusion over a prediction that is trained before it, or with it."""

    mean_share: Annotated[float, Field(ge=0, lt=1)] = parameter(
        0.0,
        "Share of training, at most, that the prediction is given alone: each frame of the training data as "
        "often as a step has clips. Given all of it, it rests while the other networks are trained.",
    )
    mean_batch: PositiveInt | None = parameter(
        None,
        "Frames of a step of the prediction alone, over all processes; as many as ``batch`` where not set.",
        later=True,
    )
    mean_rate: PositiveFloat = parameter(
        5.0, "Steps of the prediction alone that take the place of one of all networks."
    )
    loss_diffusion: float = parameter(1.7, "Weight of the diffusion's loss.")
    loss_mean: float = parameter(1.0, "Weight of the prediction's squared error.")
