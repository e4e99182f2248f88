"""Sampling a stretch and scoring it where it is: nothing of it is stored but its statistics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.method import Method
from downbench.contracts.metric import Metric
from downbench.isolation.allocator import hand_back_memory
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.cost import device_facts
from downbench.pipeline.sampling_plan import SamplingPlan
from downbench.pipeline.stretches.sampling import Stretch, sampled
from downbench.pipeline.stretches.scored import Scored, Spent, clocked
from downbench.scoring.reading import ChunkTask, chunk_of, new_accumulator

Block = NDArray[np.float32]


def score_stretch(
    plan: SamplingPlan, method: Method, metrics: dict[str, Metric], chunks: Sequence[ChunkTask], cut: int = 1
) -> Iterator[tuple[ChunkTask, Scored]]:
    """Sample the frames of some chunks of a tile, one after the other, and score each.

    Frames before the first chunk that metrics look back at are sampled again; those before the others are
    kept from the chunk before. Both are what a stored ensemble would give.

    Args:
        plan: what is sampled.
        method: fitted.
        metrics: by name.
        chunks: of one tile, each beginning where the one before it ends.
        cut: pieces that each chunk is worked out in, where memory is short; sums then differ by rounding.

    Yields:
        Each chunk with what came of it, as soon as that is there.

    Raises:
        RunFailed: the method breaks its contract.
    """
    first = chunks[0]
    look_back = new_accumulator(plan.frames, metrics, plan.members).past
    begin = max(0, first.start - look_back)
    pieces = [(chunk, piece) for chunk in chunks for piece in _pieces(chunk, cut)]
    ends = [*([first.start] if begin < first.start else []), *(piece.stop for _, piece in pieces)]
    stretch = Stretch(first.sequence, first.tile, begin, chunks[-1].stop)
    counter, rain, spent = Rain(), Rain(), Spent()
    examples: dict[int, Block] = {}
    wanted = _examples_in(plan, first)
    blocks = sampled(plan, method, stretch, ends, counter)
    past: Block = np.empty((plan.members, 0, 0, 0), np.float32)
    if begin < first.start:  # scored elsewhere, or before
        with clocked(spent, "sample"):
            _, past = next(blocks)
        counter.take()
    accumulator = new_accumulator(plan.frames, metrics, plan.members)
    for chunk, piece in pieces:
        with clocked(spent, "sample"):
            _, values = next(blocks)
        rain.add(counter.take())
        members = np.concatenate([past, values], axis=1) if past.shape[1] else values
        with clocked(spent, "score"):
            accumulator.add(chunk_of(plan.frames, piece, members))
        examples |= {t: values[:, t - piece.start].copy() for t in wanted if piece.start <= t < piece.stop}
        past = members[:, max(0, members.shape[1] - look_back) :].copy()
        del members, values  # while the next ones are sampled
        hand_back_memory()
        if piece.stop == chunk.stop:
            yield chunk, Scored(accumulator.part(), rain, spent, examples, device_facts(plan.device, method))
            accumulator = new_accumulator(plan.frames, metrics, plan.members)
            rain, spent, examples = Rain(), Spent(), {}


def _pieces(chunk: ChunkTask, count: int) -> list[ChunkTask]:
    edges = np.linspace(chunk.start, chunk.stop, count + 1).astype(int).tolist()
    return [chunk._replace(start=start, stop=stop) for start, stop in pairwise(edges) if start < stop]


def _examples_in(plan: SamplingPlan, chunk: ChunkTask) -> list[int]:
    """Frames of a chunk's tile that are kept to be looked at."""
    tile, chosen = plan.frames.shown
    return chosen if (chunk.sequence, chunk.tile) == (0, tile) else []
