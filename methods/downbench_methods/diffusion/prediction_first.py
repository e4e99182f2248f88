"""The prediction first: it is given a share of training alone, before all networks are trained together.

A step of the prediction takes a fraction of the time of one of all networks, and a record of years has much
to teach it: trained together from the first step on, the prediction stays behind that of a deterministic
method which has the same time. It rests afterwards, so that all that is left of the time is that of the
others, as in CorrDiff (Mardani et al. 2023, arXiv 2309.15214, section 3). Of a few frames it soon knows more
than holds elsewhere, and what is diffused is then too small: it is shown each frame as often as a step has
clips, and no more, and goes on with the others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from torch import Tensor, nn

from downbench import FitContext
from downbench_methods.base.network import Batch
from downbench_methods.diffusion.configuration import OverPredictionConfig
from downbench_methods.training.clips import Clips
from downbench_methods.training.loop import train
from downbench_methods.training.losses import masked_mse

FOLDER = "prediction"  # of this stage's checkpoint


class Prediction(nn.Module):
    """A network from coarse frames (N, C, h, w) to rain (N, 1, H, W), with its loss."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Batch, seed: int) -> dict[str, Tensor]:
        """Squared error of every frame of the clips."""
        fine, valid = batch["fine"].flatten(0, 1), batch["valid"].flatten(0, 1)
        return {"loss": masked_mse(self.network(batch["coarse"].flatten(0, 1))[:, 0], fine, valid)}


class Stages(NamedTuple):
    """Steps of the prediction alone and after them, and whether the prediction then rests."""

    first: int
    after: int
    rests: bool


def stages(config: OverPredictionConfig, frames: int) -> Stages:
    """How training is shared out for so many frames of training data, tiles counted apart."""
    whole = round(config.mean_share * config.train_steps * config.mean_rate)
    most = frames * config.batch // prediction_batch(config)
    first = min(whole, most)
    return Stages(first, config.train_steps - round(first / config.mean_rate), 0 < whole <= most)


def prediction_batch(config: OverPredictionConfig) -> int:
    """Frames of a step of the prediction alone."""
    return config.mean_batch or config.batch


def train_prediction(
    network: nn.Module,
    clips: Clips,
    held_out: Clips | None,
    config: OverPredictionConfig,
    context: FitContext,
    steps: Stages,
) -> tuple[list[dict[str, Any]], FitContext]:
    """Train the network of the prediction in place, on single frames; the best on validation data stays.

    Args:
        clips, held_out: training and validation examples of any length.
        context: of the whole fit.

    Returns:
        Log lines, and the context of training all networks.
    """
    progress, budget = context.progress, context.budget
    cost = round(steps.after * config.mean_rate)  # in steps of the prediction
    whole = steps.first + cost
    (context.directory / FOLDER).mkdir(exist_ok=True)
    own = replace(
        context,
        directory=context.directory / FOLDER,
        budget=None if budget is None else budget * steps.first / whole,
        progress=lambda done, total, text: progress(done, whole, f"prediction  {text}"),
    )
    frames = None if held_out is None else held_out.of_length(1)

    def score(module: nn.Module) -> dict[str, float]:
        assert frames is not None
        batch = frames.batch(range(config.score_clips))
        return {"score": float(module({k: v.to(context.device) for k, v in batch.items()}, 0)["loss"])}

    settings = config.model_copy(update={"train_steps": steps.first, "batch": prediction_batch(config)})
    log = train(Prediction(network), clips.of_length(1), settings, own, score if frames else None)
    network.to("cpu")  # where the rest of the module is
    seconds = max((line.get("seconds", 0.0) for line in log), default=0.0)
    left = replace(
        context,
        budget=None if budget is None else max(budget - seconds, 0.0),
        progress=lambda done, total, text: progress(steps.first + cost * done // total, whole, text),
    )
    return [{"stage": FOLDER, **line} for line in log], left
