"""Which ways of working pay in a long training: a short measurement, early in it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from downbench_methods.networks.ways import Way

MEASURED_AT = 10  # steps after which the time that lies ahead is known
WORTH = 1800.0  # seconds that must lie ahead: in less, a way hardly saves what it costs to try
GAIN = 0.95  # share of the time that a way may take to be kept
TIMED = 4  # steps


def paying_ways(
    ways: Sequence[Way],
    step: Callable[[], Any],
    ahead: float,
    clock: Callable[[], float] = time.perf_counter,
    slowest: Callable[[float], float] = float,
) -> tuple[list[Way], dict[str, float | None]]:
    """Take up the ways that pay, one after the other, and give up the rest.

    Args:
        step: goes forward and backward, and learns nothing.
        ahead: seconds of training that are left at the pace so far.
        clock: seconds.
        slowest: the most seconds that any of the processes took which train together.

    Returns:
        The ways that are kept, and seconds of a step: ``"plain"`` ones, and with each way that was tried;
        None with one that failed. Nothing is measured where too little lies ahead.
    """
    kept: list[Way] = []
    seconds: dict[str, float | None] = {}
    best = 0.0
    for way in ways:
        if ahead < max(WORTH, way.least):
            continue
        if not seconds:
            best = seconds["plain"] = slowest(seconds_of(step, clock))
            if best == math.inf:
                return [], {}
        way.on()
        tried = slowest(seconds_of(step, clock))
        seconds[way.name] = tried if tried < math.inf else None
        if tried > GAIN * best:
            way.off()
            continue
        kept.append(way)
        ahead, best = ahead * tried / best, tried
    return kept, seconds


def seconds_of(step: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    """The least time of a few steps, infinite if one fails; one before them loads libraries, or compiles."""
    times = []
    for _ in range(1 + TIMED):
        started = clock()
        try:
            step()
        except RuntimeError:  # this network or machine does not stand it
            return math.inf
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(clock() - started)
    return min(times[1:])


def take_over_layout(optimiser: torch.optim.Optimizer) -> None:
    """Lay out what an optimiser keeps of parameters as these are: fused Adam takes that for granted."""
    for parameter, kept in optimiser.state.items():
        for name, value in kept.items():
            if value.shape == parameter.shape and value.stride() != parameter.stride():
                kept[name] = torch.empty_like(parameter).copy_(value)
