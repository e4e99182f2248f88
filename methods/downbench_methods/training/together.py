"""How several processes that train together work: what pays is chosen before they are coupled.

Torch's DistributedDataParallel keeps the layout of gradients that it was made with: one that is taken up
later gives wrong gradients.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from downbench import FitContext, Processes
from downbench_methods.networks.ways import training_ways
from downbench_methods.training.processes import Precision, make_fabric
from downbench_methods.training.ways import paying_ways, seconds_of

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def ways_together(
    fabric: Fabric,
    module: nn.Module,
    attempt: Callable[[Fabric, Any], None],
    steps: float,
    precision: Precision,
    context: FitContext,
) -> tuple[list[str], dict[str, float | None]]:
    """Names of the ways that pay on the slowest process, and seconds of an attempt in each of them.

    Each process tries a copy of the module for itself, so that nothing else changes.

    Args:
        fabric: of the processes, each of which must come by here.
        attempt: goes forward and backward, and learns nothing.
        steps: of training, each as long as an attempt.
    """
    alone = make_fabric(replace(context, device=str(fabric.device), processes=Processes()), precision)

    def slowest(seconds: float) -> float:
        return float(fabric.all_reduce(torch.tensor(seconds, device=fabric.device), reduce_op="max"))

    with torch.random.fork_rng([fabric.device] if fabric.device.type == "cuda" else []):
        trial = deepcopy(module)
        step = partial(attempt, alone, alone.setup_module(trial))
        ahead = min(slowest(seconds_of(step)) * steps, context.budget or math.inf)
        ways = training_ways(trial, fabric.world_size)
        kept, seconds = paying_ways(ways, step, ahead, slowest=slowest)
    return [way.name for way in kept], seconds
