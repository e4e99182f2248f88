"""Ways of working that change a network's speed on a device, and its results by rounding alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

COMPILING = 600.0  # seconds of work that must be left for compiling to be tried: it takes minutes


@dataclass(frozen=True)
class Way:
    """A way that can be tried.

    Args:
        name: as the record has it.
        on, off: take it up, and give it up.
        within: what work is done in.
        least: seconds of work that must be left for it.
    """

    name: str
    on: Callable[[], object] = lambda: None
    off: Callable[[], object] = lambda: None
    within: Callable[[], AbstractContextManager[object]] = nullcontext
    least: float = 0.0


def ways_for(module: nn.Module, device: str) -> tuple[Way, ...]:
    """What may pay in sampling on a device: channels last for convolutions; bf16 and compiling on a GPU."""
    if torch.device(device).type != "cuda":
        return _channels_last(module)
    bf16 = Way("bf16", within=partial(torch.autocast, "cuda", torch.bfloat16))
    return (*_channels_last(module), bf16, _compiled(module))


def training_ways(module: nn.Module, processes: int = 1) -> tuple[Way, ...]:
    """What may pay in training, on any device; its precision is a parameter of the fit.

    Several processes do not compile: some networks fail below torch's DistributedDataParallel.
    """
    return _channels_last(module) if processes > 1 else (*_channels_last(module), _compiled(module))


def _channels_last(module: nn.Module) -> tuple[Way, ...]:
    """Channels last, where there are convolutions."""
    if not any(isinstance(part, nn.Conv2d) for part in module.modules()):
        return ()
    on = partial(module.to, memory_format=torch.channels_last)
    off = partial(module.to, memory_format=torch.contiguous_format)
    return (Way("channels_last", on, off),)


def _compiled(module: nn.Module) -> Way:
    return Way("compiled", partial(_compile, module), partial(_as_written, module), least=COMPILING)


def _compile(module: nn.Module) -> None:
    """Have torch compile the networks that a module has, each as a whole."""
    for network in module.children():
        network.compile(dynamic=True)


def _as_written(module: nn.Module) -> None:
    for network in module.children():
        network._compiled_call_impl = None  # torch has no public way back
