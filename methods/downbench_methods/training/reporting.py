"""What training tells: mean losses between two reports, scores on validation data."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from downbench import FitContext, RunFailed
from downbench_methods.training.checkpoint import BEST, State, append_log, write_tensors
from downbench_methods.training.configuration import TrainingConfig

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_NEVER = (
    "it was no number from the first report on: look in the network and in the loss for a division by zero, "
    "for the logarithm or root of what can be zero or less, and for cells that are not valid; if there are "
    "none, lower the learning rate"
)

Losses = dict[str, Tensor]
Score = Callable[[nn.Module], dict[str, float]]


def add(state: State, turn: str, losses: Losses) -> None:
    """Add losses to the sums since the last report."""
    for name, value in losses.items():
        key = f"{turn}_{name}" if turn else name
        state.sums[key] = state.sums.get(key, 0.0) + value
        state.counts[key] = state.counts.get(key, 0) + 1


def report(fabric: Fabric, state: State, settings: TrainingConfig, context: FitContext) -> None:
    """Log mean losses since the last report, over all processes."""
    if fabric.world_size > 1:
        total = torch.stack([torch.as_tensor(v, device=fabric.device).float() for v in state.sums.values()])
        state.sums = dict(zip(state.sums, fabric.all_reduce(total, reduce_op="mean"), strict=True))
    means = {name: float(value) / state.counts[name] for name, value in state.sums.items()}
    state.sums, state.counts = {}, {}
    if bad := [name for name, value in means.items() if name.endswith("loss") and not math.isfinite(value)]:
        raise RunFailed(
            f"training diverged: the {bad[0]} is {means[bad[0]]} at step {state.step}",
            "lower the learning rate" if _learned(state, bad[0]) else _NEVER,
        )
    log(fabric, state, {"step": state.step, "seconds": round(state.elapsed, 2), **means}, context)
    if fabric.is_global_zero:
        terms = "  ".join(f"{name} {value:.3g}" for name, value in means.items())
        done = state.step / settings.train_steps
        if context.budget is not None:  # which may end before the steps do
            done = max(done, min(state.elapsed / context.budget, 1.0))
        text = f"step {state.step}  {terms}"
        context.progress(round(done * settings.train_steps), settings.train_steps, text)


def _learned(state: State, loss: str) -> bool:
    """Whether an earlier report has this loss."""
    return any(loss in line for line in state.log)


def validate(
    fabric: Fabric, state: State, average: AveragedModel, score: Score, context: FitContext
) -> float:
    """Score averaged weights on the first process, keep the best, and tell all how long it took [s]."""
    started = time.monotonic()
    if fabric.is_global_zero:
        average.eval()
        with torch.inference_mode():
            values = score(average.module)
        line = {"step": state.step, **{f"validation_{name}": value for name, value in values.items()}}
        log(fabric, state, line, context)
        if values["score"] <= state.best:
            state.best = values["score"]
            write_tensors(context.directory / BEST, average.module.state_dict())
    return float(fabric.broadcast(time.monotonic() - started))


def log(fabric: Fabric, state: State, line: dict[str, Any], context: FitContext) -> None:
    """Add a line to the log, and to its file."""
    state.log.append(line)
    if fabric.is_global_zero:
        append_log(context.directory, line)
