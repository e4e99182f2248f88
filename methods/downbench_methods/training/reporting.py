"""What training tells: mean losses between two reports, scores on validation data, the time that is left."""

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
            "lower the learning rate",
        )
    _log(fabric, state, {"step": state.step, "seconds": round(state.elapsed, 2), **means}, context)
    if fabric.is_global_zero:
        terms = "  ".join(f"{name} {value:.3g}" for name, value in means.items())
        context.progress(state.step, settings.train_steps, f"{terms}  {_time_left(state, settings, context)}")


def _time_left(state: State, settings: TrainingConfig, context: FitContext) -> str:
    """What is left of the steps, or of the budget where that ends first, as 1:02:03."""
    seconds = state.elapsed / state.step * (settings.train_steps - state.step)
    if context.budget is not None:
        seconds = min(seconds, max(context.budget - state.elapsed, 0))
    minutes, second = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02} left"


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
        _log(fabric, state, line, context)
        if values["score"] <= state.best:
            state.best = values["score"]
            write_tensors(context.directory / BEST, average.module.state_dict())
    return float(fabric.broadcast(time.monotonic() - started))


def _log(fabric: Fabric, state: State, line: dict[str, Any], context: FitContext) -> None:
    state.log.append(line)
    if fabric.is_global_zero:
        append_log(context.directory, line)
