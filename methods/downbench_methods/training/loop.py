"""The training loop of the network methods, on Lightning Fabric.

What is trained is ``module(batch, seed)``, a dict of losses of which ``"loss"`` is minimised. A module with
an attribute ``turns``, such as ``("critic", "critic", "generator")``, names the submodule that each
successive step trains, with an optimiser of its own; it is called as ``module(batch, seed, turn)``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from downbench import FitContext, UserError, derive_seed
from downbench_methods.networks.ways import training_ways
from downbench_methods.training.checkpoint import (
    BEST,
    CHECKPOINT,
    State,
    read_checkpoint,
    read_tensors,
    write_checkpoint,
    write_log,
)
from downbench_methods.training.clips import Clips
from downbench_methods.training.configuration import TrainingConfig
from downbench_methods.training.pieces import batches, smaller_pieces
from downbench_methods.training.processes import make_fabric, sharing
from downbench_methods.training.reporting import Score, add, log, report, validate
from downbench_methods.training.together import ways_together
from downbench_methods.training.ways import MEASURED_AT, paying_ways, take_over_layout

if TYPE_CHECKING:
    from lightning_fabric import Fabric

Losses = dict[str, Tensor]


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
    earlier: Sequence[dict[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Train ``module`` in place and leave in it the averaged weights that score best.

    Everything random follows from the seed and the step's number, so a resumed run repeats an unbroken one
    and checkpoints need no generator state. Examples have global numbers, so several processes, or pieces,
    train on what one process alone would.

    Args:
        module: see the module's docstring.
        clips: training examples.
        before: called before each step with its number; may change the module's buffers.
        score: rates averaged weights on validation data; the smallest ``"score"`` wins. None keeps the last.
            The first process alone calls it.
        earlier: log lines of what was trained before.

    Returns:
        Log lines.

    Raises:
        RunFailed: the loss is no longer finite, or the device has too little memory.
        UserError: the batch cannot be shared out.
    """
    fabric = make_fabric(context, settings.precision)
    turns: tuple[str, ...] = getattr(module, "turns", ("",))
    plain = {
        name: torch.optim.Adam(
            [p for p in module.get_submodule(name).parameters() if p.requires_grad],
            lr=settings.lr,
            betas=settings.adam,
            fused=True,
        )
        for name in dict.fromkeys(turns)
    }
    decay = get_ema_multi_avg_fn(settings.ema)  # type: ignore[no-untyped-call]
    average = AveragedModel(module, multi_avg_fn=decay, use_buffers=False)
    average.to(fabric.device)
    module.to(fabric.device)
    state = _resume(fabric, context, module, average, plain, earlier)
    started = time.monotonic() - state.elapsed
    budget, pause = context.budget or math.inf, 0.0
    over = state.elapsed > budget
    process = fabric.global_rank, fabric.world_size
    pieces = batches(clips, settings, state.step, process, fabric.device)

    def attempt(fabric: Fabric, model: Any) -> None:
        """Go through the first batch, and learn nothing."""
        try:
            for turn in plain:
                first = batches(clips, settings, 0, process, fabric.device)
                _gradients(fabric, model, turn, first, settings, 0)
        finally:
            model.zero_grad()

    if fabric.world_size > 1 and state.step == 0:
        steps = settings.train_steps / len(plain)  # as long as an attempt, which takes every turn
        state.ways, seconds = ways_together(fabric, module, attempt, steps, settings.precision, context)
        _log_ways(fabric, state, seconds, context)
    ways = [way for way in training_ways(module, fabric.world_size) if way.name in state.ways]
    for way in ways:
        way.on()
    model, *wrapped = fabric.setup(module, *plain.values())
    optimisers = dict(zip(plain, wrapped, strict=True))
    _take_over_layout(optimisers)
    while state.step < settings.train_steps and not over:
        before(state.step)
        turn = turns[state.step % len(turns)]
        optimiser = optimisers[turn]
        progress = max(state.step / settings.train_steps, state.elapsed / budget)
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(settings, state.step, progress)
        seed = derive_seed(context.seed, "noise", state.step)
        try:
            losses = _gradients(fabric, model, turn, pieces, settings, seed)
        except torch.OutOfMemoryError as error:
            settings = smaller_pieces(settings, fabric.world_size, error)
            model.zero_grad()
            pieces = batches(clips, settings, state.step, process, fabric.device)
            continue
        part = module.get_submodule(turn)
        norm = fabric.clip_gradients(
            part, optimiser, max_norm=settings.gradient_clip, error_if_nonfinite=False
        )
        optimiser.step()
        model.zero_grad()
        state.step += 1
        if state.step % len(turns) == 0:
            average.update_parameters(module)
        add(state, turn, {**losses, "gradient_norm": norm})
        state.elapsed = _elapsed(fabric, started, context)
        if state.step == MEASURED_AT and fabric.world_size == 1:
            ahead = min(state.elapsed * (settings.train_steps / state.step - 1), budget - state.elapsed)
            ways, seconds = paying_ways(training_ways(module), partial(attempt, fabric, model), ahead)
            _take_over_layout(optimisers)
            state.ways = [way.name for way in ways]
            _log_ways(fabric, state, seconds, context)
        over = state.elapsed + pause > budget
        last = over or state.step == settings.train_steps
        if state.step % settings.log_every == 0 or last:
            report(fabric, state, settings, context)
        if score is not None and (state.step % settings.validate_every == 0 or last):
            pause = max(pause, validate(fabric, state, average, score, context))
        if state.step % settings.checkpoint_every == 0 or last:
            state.elapsed = _elapsed(fabric, started, context)
            if fabric.is_global_zero:
                write_checkpoint(context.directory / CHECKPOINT, module, average, optimisers, state)
    for way in ways:
        way.off()
    fabric.barrier()
    best = context.directory / BEST
    weights = read_tensors(best)[0] if score is not None and best.exists() else average.module.state_dict()
    module.load_state_dict(weights)
    fabric.barrier()  # the first process may now delete what the others read
    return state.log


def _log_ways(fabric: Fabric, state: State, seconds: dict[str, float | None], context: FitContext) -> None:
    """Log which ways were tried, if any, and which were kept."""
    if seconds:
        tried = {"step": state.step, "seconds_of_a_step": seconds, "ways": state.ways}
        log(fabric, state, tried, context)


def _take_over_layout(optimisers: dict[str, Any]) -> None:
    for wrapped in optimisers.values():
        take_over_layout(wrapped.optimizer)


def _resume(
    fabric: Fabric,
    context: FitContext,
    module: nn.Module,
    average: AveragedModel,
    optimisers: dict[str, Any],
    earlier: Sequence[dict[str, Any]],
) -> State:
    """Go on from the last checkpoint, if there is one."""
    checkpoint = context.directory / CHECKPOINT
    state = State(log=list(earlier))
    if checkpoint.exists():
        state = read_checkpoint(checkpoint, module, average, optimisers)
    if fabric.is_global_zero:
        write_log(context.directory, state.log)
    if fabric.broadcast(state.step) != state.step:
        raise UserError(
            f"process {fabric.global_rank} does not see the first one's checkpoint in {context.directory}",
            "put --runs on a file system that all nodes share",
        )
    return state


def _gradients(
    fabric: Fabric,
    model: Any,
    turn: str,
    batches: Iterator[dict[str, Tensor]],
    settings: TrainingConfig,
    seed: int,
) -> Losses:
    """Add up gradients over the pieces of a step, averaged over processes, and give the mean losses."""
    pieces = settings.accumulate
    means: Losses = {}
    for piece in range(pieces):
        batch = next(batches)
        alone = fabric.world_size * pieces == 1
        own = seed if alone else derive_seed(seed, piece * fabric.world_size + fabric.global_rank)
        with fabric.no_backward_sync(model, enabled=piece < pieces - 1), sharing(fabric.world_size):
            losses = model(batch, own, turn) if turn else model(batch, own)
            fabric.backward(losses["loss"] / pieces)
        means = {name: means.get(name, 0.0) + value.detach() / pieces for name, value in losses.items()}
    return means


def _elapsed(fabric: Fabric, started: float, context: FitContext) -> float:
    """Seconds in training; where a budget hangs on them, those of the first process."""
    elapsed = time.monotonic() - started
    return elapsed if context.budget is None else float(fabric.broadcast(elapsed))
