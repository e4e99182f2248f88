"""The training loop of the network methods, on Lightning Fabric."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from lightning_fabric import Fabric
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from downbench import Config, FitContext, RunFailed, atomic_file, derive_seed
from downbench_methods.clips import Clips

CHECKPOINT, BEST, LOG = "checkpoint.safetensors", "best.safetensors", "log.jsonl"
Score = Callable[[nn.Module], dict[str, float]]


class TrainingConfig(Config):
    """Parameters of the transform and of training."""

    transform: Literal["log1p", "log"] = "log1p"
    rain_scale: PositiveFloat = 0.1  # mm/h, where log1p turns from linear to logarithmic
    train_steps: NonNegativeInt = 1000
    batch: PositiveInt = 8  # clips
    patch: PositiveInt = 64  # fine cells a side
    clip: PositiveInt = 3  # frames
    lr: PositiveFloat = 1e-3
    lr_end: float = 0.0  # reached on a cosine
    warmup: NonNegativeInt = 50  # steps of linear rise
    adam: tuple[float, float] = (0.9, 0.99)
    gradient_clip: PositiveFloat = 1.0
    ema: float = 0.995
    precision: Literal["32-true", "bf16-mixed"] = "32-true"
    log_every: PositiveInt = 20
    checkpoint_every: PositiveInt = 200
    validate_every: PositiveInt = 250
    memory: PositiveFloat = 4.0  # GB of training data kept in memory; more is read as it is needed
    workers: NonNegativeInt = 2  # processes that read, where data are not in memory


@dataclass
class State:
    """Where training stands."""

    step: int = 0
    elapsed: float = 0.0  # s
    best: float = math.inf
    log: list[dict[str, Any]] = field(default_factory=list)
    sums: dict[str, Any] = field(default_factory=dict)  # of losses since the last report


def learning_rate(settings: TrainingConfig, step: int, progress: float) -> float:
    """Linear warm-up, then a cosine in ``progress`` (0 to 1) from ``lr`` to ``lr_end``."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(progress, 1)))
    rise = min(1.0, (step + 1) / max(settings.warmup, 1))
    return rise * (settings.lr_end + (settings.lr - settings.lr_end) * cosine)


def train(
    module: nn.Module,
    clips: Clips,
    settings: TrainingConfig,
    context: FitContext,
    score: Score | None,
    before: Callable[[int], None] = lambda step: None,
) -> list[dict[str, Any]]:
    """Train ``module`` in place and leave in it the averaged weights that score best.

    Everything random follows from the seed and the step's number, so a resumed run repeats an unbroken one
    and checkpoints need no generator state.

    Args:
        module: ``module(batch, seed)`` gives a dict of losses; ``"loss"`` is minimised.
        clips: training examples.
        before: called before each step with its number; may change the module's buffers.
        score: rates averaged weights on validation data; the smallest ``"score"`` wins. None keeps the last.

    Returns:
        Log lines.

    Raises:
        RunFailed: the loss is no longer finite.
    """
    fabric = Fabric(accelerator=torch.device(context.device).type, devices=1, precision=settings.precision)
    parameters = [p for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(parameters, lr=settings.lr, betas=settings.adam)
    decay = get_ema_multi_avg_fn(settings.ema)  # type: ignore[no-untyped-call]
    average = AveragedModel(module, multi_avg_fn=decay, use_buffers=False)
    average.to(fabric.device)
    state = State()
    model, optimiser = fabric.setup(module, optimiser)
    checkpoint = context.directory / CHECKPOINT
    if checkpoint.exists():
        state = read_checkpoint(checkpoint, module, average, optimiser)
    started = time.monotonic() - state.elapsed
    batches = _batches(clips, settings, state.step)
    while state.step < settings.train_steps:
        state.elapsed = time.monotonic() - started
        if context.budget is not None and state.elapsed > context.budget:
            break
        before(state.step)
        progress = state.step / settings.train_steps
        if context.budget is not None:
            progress = max(progress, state.elapsed / context.budget)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(settings, state.step, progress)
        batch = {name: value.to(fabric.device) for name, value in next(batches).items()}
        losses = model(batch, derive_seed(context.seed, "noise", state.step))
        fabric.backward(losses["loss"])
        fabric.clip_gradients(model, optimiser, max_norm=settings.gradient_clip, error_if_nonfinite=False)
        optimiser.step()
        optimiser.zero_grad()
        average.update_parameters(module)
        state.step += 1
        state.sums = {name: state.sums.get(name, 0.0) + value.detach() for name, value in losses.items()}
        last = state.step == settings.train_steps
        if state.step % settings.log_every == 0 or last:
            _report(state, settings, context)
        if score is not None and (state.step % settings.validate_every == 0 or last):
            _validate(state, average, score, context.directory)
        if state.step % settings.checkpoint_every == 0 or last:
            state.elapsed = time.monotonic() - started
            write_checkpoint(checkpoint, module, average, optimiser, state)
    best = context.directory / BEST
    weights = _read(best)[0] if score is not None and best.exists() else average.module.state_dict()
    module.load_state_dict(weights)
    return state.log


def _batches(clips: Clips, settings: TrainingConfig, first: int) -> Iterator[dict[str, Tensor]]:
    """Batches of step ``first`` and after."""
    indices = range(first * settings.batch, settings.train_steps * settings.batch)
    workers = 0 if clips.in_memory else settings.workers
    return iter(DataLoader(clips, batch_size=settings.batch, sampler=indices, num_workers=workers))


def _report(state: State, settings: TrainingConfig, context: FitContext) -> None:
    """Log mean losses since the last report."""
    count = (state.step - 1) % settings.log_every + 1
    means = {name: float(value) / count for name, value in state.sums.items()}
    state.sums = {}
    if not math.isfinite(means["loss"]):
        raise RunFailed(
            f"training diverged: the loss is {means['loss']} at step {state.step}", "lower the learning rate"
        )
    _log(state, {"step": state.step, "seconds": round(state.elapsed, 2), **means}, context.directory)
    context.progress(state.step, settings.train_steps, f"loss {means['loss']:.4f}")


def _validate(state: State, average: AveragedModel, score: Score, directory: Path) -> None:
    """Score averaged weights and keep the best."""
    average.eval()
    with torch.inference_mode():
        values = score(average.module)
    _log(state, {"step": state.step, **{f"validation_{name}": v for name, v in values.items()}}, directory)
    if values["score"] <= state.best:
        state.best = values["score"]
        with atomic_file(directory / BEST) as temporary:
            save_file(_contiguous(average.module.state_dict()), temporary)


def _log(state: State, line: dict[str, Any], directory: Path) -> None:
    state.log.append(line)
    with (directory / LOG).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _contiguous(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}


def write_checkpoint(
    path: Path, module: nn.Module, average: AveragedModel, optimiser: Any, state: State
) -> None:
    """Write weights, averages and optimiser state as safetensors with JSON in the header, in one rename."""
    tensors = {f"model.{name}": value for name, value in module.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in average.state_dict().items()}
    for index, values in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{index}.{name}": value for name, value in values.items()}
    header = {**vars(state), "sums": {name: float(value) for name, value in state.sums.items()}}
    with atomic_file(path) as temporary:
        save_file(_contiguous(tensors), temporary, metadata={"state": json.dumps(header)})


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118


def read_checkpoint(path: Path, module: nn.Module, average: AveragedModel, optimiser: Any) -> State:
    """Restore what :func:`write_checkpoint` wrote; log lines written after it are dropped."""
    tensors, metadata = _read(path)

    def part(name: str) -> dict[str, Tensor]:
        return {key.removeprefix(name): value for key, value in tensors.items() if key.startswith(name)}

    module.load_state_dict(part("model."))
    average.load_state_dict(part("average."))
    slots: dict[int, dict[str, Tensor]] = {}
    for key, value in part("optimiser.").items():
        index, name = key.split(".", 1)
        slots.setdefault(int(index), {})[name] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": slots})
    state = State(**json.loads(metadata["state"]))
    lines = [json.dumps(line) + "\n" for line in state.log]
    with atomic_file(path.with_name(LOG)) as temporary:
        temporary.write_text("".join(lines), encoding="utf-8")
    return state
