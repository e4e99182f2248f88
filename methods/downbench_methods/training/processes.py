"""Processes that train one model together: Lightning Fabric, and sums over all of them."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor
from torch import distributed as dist

from downbench import FitContext

if TYPE_CHECKING:
    from lightning_fabric import Fabric

Precision = Literal["32-true", "bf16-mixed"]
_processes: ContextVar[int] = ContextVar("processes", default=1)


def make_fabric(context: FitContext, precision: Precision) -> Fabric:
    """Fabric for the processes of a fit: one alone, or all that torchrun or a scheduler started."""
    # it takes seconds to import, which whoever does not train need not wait for
    from lightning_fabric import Fabric
    from lightning_fabric.plugins.environments import LightningEnvironment
    from lightning_fabric.strategies import DDPStrategy

    device = torch.device(context.device)
    processes = context.processes
    if processes.count == 1:
        devices: int | list[int] = 1 if device.index is None else [device.index]
        # a scheduler's variables say nothing about a process that works alone
        plugins = LightningEnvironment()
        return Fabric(accelerator=device.type, devices=devices, precision=precision, plugins=plugins)
    fabric = Fabric(
        accelerator=device.type,
        strategy=DDPStrategy(find_unused_parameters=True),  # a step may train a part of the module
        devices=processes.per_node,
        num_nodes=processes.count // processes.per_node,
        precision=precision,
    )
    fabric.launch()
    atexit.register(_leave)
    return fabric


def _leave() -> None:
    """Leave the group in order; a process that loses its partners unprepared aborts."""
    if dist.is_initialized():
        dist.destroy_process_group()


@contextmanager
def sharing(processes: int) -> Iterator[None]:
    """Let :func:`shared` reach over this many processes; each of them must come by here."""
    token = _processes.set(processes)
    try:
        yield
    finally:
        _processes.reset(token)


def shared(weight: Tensor) -> Tensor:
    """A sum of weights as its mean over the processes that train together.

    A loss that is divided by it, averaged over processes, is the mean over the pixels of all of them, however
    unevenly weights are spread. Outside of training it changes nothing.
    """
    processes = _processes.get()
    if processes == 1:
        return weight
    total = weight.detach().clone().float()
    dist.all_reduce(total)
    return total / processes
