"""Parameters of the transform and of training that all networks share."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from downbench import Config, parameter
from downbench_methods.training.clips import READERS
from downbench_methods.training.processes import Precision


class TrainingConfig(Config):
    """Parameters of the transform and of training."""

    transform: Literal["log1p", "log"] = parameter(
        "log1p", "How rain is transformed; log is the paper's way."
    )
    rain_scale: PositiveFloat = parameter(
        0.1, "Rain at which log1p turns from linear to logarithmic.", "mm/h"
    )
    predictors: Literal["all", "precipitation"] = parameter(
        "all", "Whether the networks see other fields than coarse rain, topography among them."
    )
    train_steps: NonNegativeInt = parameter(1000, "Steps of training.")
    batch: PositiveInt = parameter(8, "Clips of a step, over all processes.")
    accumulate: PositiveInt = parameter(
        1, "Pieces in which a process works off its share of a batch, to save memory."
    )
    patch: PositiveInt = parameter(64, "Side of the training patches, with their halo.", "fine cells")
    halo: NonNegativeInt = parameter(
        0, "Cells along the cut edges of a patch that are seen, but do not count.", "fine cells"
    )
    clip: PositiveInt = parameter(3, "Successive frames of a training example.", "frames")
    lr: PositiveFloat = parameter(1e-3, "Highest learning rate.")
    lr_end: float = parameter(0.0, "Learning rate at the end of its cosine.")
    warmup: NonNegativeInt = parameter(50, "Steps of the learning rate's linear rise.")
    adam: tuple[float, float] = parameter((0.9, 0.99), "Decay rates of Adam's moments.")
    gradient_clip: PositiveFloat = parameter(1.0, "Norm that gradients are clipped at.")
    ema: float = parameter(0.995, "Decay of the average of weights, a step.")
    precision: Precision = parameter("32-true", "Precision of training.")
    log_every: PositiveInt = parameter(20, "Steps between two lines of the log.")
    checkpoint_every: PositiveInt = parameter(200, "Steps between two checkpoints.")
    validate_every: PositiveInt = parameter(250, "Steps between two scores on validation data.")
    score_clips: PositiveInt = parameter(64, "Validation clips that a checkpoint is chosen on.")
    memory: PositiveFloat = parameter(
        4.0,
        "Training data up to this size are kept in memory, whole; of larger ones so much at once, in each "
        "process.",
        "GB",
    )
    reuse: PositiveInt = parameter(
        32, "Examples that are cut from one reading of training data that are not in memory."
    )
    workers: NonNegativeInt = parameter(
        2, "Threads that read training data that are not in memory ahead.", le=READERS
    )
