"""A stretch of time of one tile, sampled: the piece of work that everything which samples consists of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.method import Method, SampleContext
from downbench.run.contract_check import Expected, Rain, slices_of
from downbench.run.sampling_plan import SamplingPlan
from downbench.scoring.frames import tile_inputs


class Stretch(NamedTuple):
    """Frames ``start`` to ``stop`` of a tile, all members; sequence and tile by their index."""

    sequence: int
    tile: int
    start: int
    stop: int


def sampled(
    plan: SamplingPlan, method: Method, stretch: Stretch, ends: Sequence[int], rain: Rain
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Sample a stretch, hold it against the contract, and cut it into blocks.

    Noise is keyed by names and methods begin at any frame, so that it does not matter how a tile is cut.

    Args:
        plan: what is sampled.
        method: fitted.
        stretch: of it.
        ends: frames at which blocks end, the last of them that of the stretch.
        rain: keeps count of negative rain.

    Yields:
        Number of a block's first frame, and the block (member, time, y, x) in mm/h.

    Raises:
        RunFailed: the method breaks its contract.
    """
    sequence = plan.frames.sequences[stretch.sequence]
    coarse, static = tile_inputs(sequence, stretch.tile)
    valid = np.isfinite(coarse["precipitation"].to_numpy()[sequence.coarse_frames(slice(None))])
    factor, name = plan.frames.dataset.factor, f"{sequence.name}/{stretch.tile}"
    context = SampleContext(
        seed=plan.method_seed,
        sequence=sequence.name,
        tile=int(sequence.fine["tile"].to_numpy()[stretch.tile]),
        start=sequence.warmup + stretch.start // sequence.time_factor,
        device=plan.device,
        factor=factor,
        time_factor=sequence.time_factor,
        step=plan.frames.dataset.step,
    )
    expected = Expected(plan.name, plan.members, factor, sequence.times, valid, name)
    parts = slices_of(method, plan.name, coarse, static, plan.members, context)
    return expected.blocks_to(parts, stretch.start, ends, rain)
