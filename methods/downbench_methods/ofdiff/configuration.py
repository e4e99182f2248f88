"""Parameters of OF-Diff and its presets."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import NonNegativeInt, PositiveInt, model_validator

from downbench import parameter
from downbench_methods.diffusion.configuration import OverPredictionConfig
from downbench_methods.diffusion.presets import OVER_SWINIR
from downbench_methods.diffusion.samplers import Solver
from downbench_methods.diffusion.schedule import Schedule
from downbench_methods.networks.mean import MeanNetwork
from downbench_methods.training.presets import merge


class OFDiffConfig(OverPredictionConfig):
    """Parameters of OF-Diff; the defaults are the paper's sizes."""

    mean_network: MeanNetwork = parameter("swin-ir", "Network that makes the deterministic prediction.")
    flow: bool = parameter(True, "Whether the frame before is moved to the present.")
    order: NonNegativeInt = parameter(
        2, "Frames before that the flow is worked out from; 0 moves the prediction itself.", "frames"
    )
    flow_grid: Literal["fine", "coarse"] = parameter(
        "fine",
        "Grid that the past is worked on: fine, where a network finds the flow, as in the paper; or coarse, "
        "where motion is estimated and the frames before, moved, correct the prediction.",
    )
    flow_channels: Literal[2, 3] = parameter(2, "Channels of the flow; 3 is scale-space flow.")
    relative_to: Literal["prediction", "interpolation"] = parameter(
        "prediction",
        "What rain is compared with by normal scores, with the past on the coarse grid: the prediction, or "
        "interpolated rain, beside which the denoiser sees the prediction.",
        later=True,
    )
    diffusion: bool = parameter(
        True, "Whether there is a residual; without it the moved frame is the answer."
    )
    denoiser_fields: bool = parameter(
        True, "Whether the denoiser sees the other coarse fields and topography."
    )
    denoiser_maps: bool = parameter(True, "Whether the denoiser sees the flow network's maps.")
    joint: bool = parameter(
        True, "Whether networks learn from each other's terms of the loss, or from their own alone."
    )
    history: Literal["deterministic", "generated"] = parameter(
        "deterministic", "What the frames before are: predictions, or the model's own samples."
    )
    noise_moves: bool = parameter(
        False,
        "Whether noise with a fitted memory moves with the flow, where the residual of training data moves "
        "more than it stays; with a deterministic history.",
    )
    time_heads: Literal[0] = parameter(
        0, "Heads of attention over time: none, since frames before come in by the flow."
    )
    schedule: Schedule = parameter("sigmoid", "How noise grows over the steps of diffusion.")
    noise_steps: PositiveInt = parameter(1500, "Steps of diffusion.")
    solver: Solver = parameter("ddim", "Solver of sampling.")
    loss_flow: float = parameter(0.3, "Weight of the moved frame's squared error.")

    @model_validator(mode="after")
    def _past_in_clip(self) -> Self:
        if self.clip <= self.order:
            raise ValueError(f"a clip of {self.clip} frames has no frame with {self.order} before it")
        if self.flow_channels == 3 and self.flow_grid == "coarse":
            raise ValueError("scale-space flow (flow_channels 3) has no coarse grid; set flow_grid=fine")
        if self.mean_network == "interpolation" and self.mean_share > 0:
            raise ValueError("interpolation has nothing to learn; set mean_share=0")
        if self.order == 0 and self.history == "generated":
            raise ValueError("without frames before (order 0) there is no generated history")
        if self.history == "generated" and self.noise_memory not in (0, "fitted"):
            raise ValueError(
                f"noise_memory {self.noise_memory} is for a deterministic history: with a generated one "
                "samples have their memory from those before; set noise_memory=0"
            )
        return self


# cheap, and at work from the first step on; interpolated rain fits training data no better than others
COARSE = {"flow_grid": "coarse", "relative_to": "interpolation"}
PRESETS = merge(
    OVER_SWINIR,
    smoke=COARSE,
    tiny={**COARSE, "noise_moves": True, "train_steps": 900, "mean_share": 0.1, "mean_rate": 9.2},
    small={**COARSE, "noise_moves": True},
)
