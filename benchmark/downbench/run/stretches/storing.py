"""Sampling a stretch and writing it into the predictions, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import zarr

from downbench.contracts.dataset import FieldSequence
from downbench.contracts.method import Method
from downbench.run.contract_check import Rain
from downbench.run.sampling_plan import SamplingPlan
from downbench.run.stretches.sampling import Stretch, sampled
from downbench.run.stretches.scored import Spent, clocked
from downbench.scoring.ensemble import ALWAYS_WRITTEN, create_ensemble

CHUNK_BYTES = 4 * 2**20  # of one stored chunk of predictions


def store_stretch(
    plan: SamplingPlan, method: Method, stretch: Stretch, store: Path
) -> Iterator[tuple[Stretch, Rain, Spent]]:
    """Sample a stretch that begins and ends at chunks of the predictions, and write it.

    Yields:
        What has been written, the rain before it was clipped, and what it took, after every chunk.

    Raises:
        RunFailed: the method breaks its contract.
    """
    array = open_array(plan, plan.frames.sequences[stretch.sequence], store)
    every = array.chunks[1]
    ends = [*range(stretch.start + every, stretch.stop, every), stretch.stop]
    counter = Rain()
    blocks = sampled(plan, method, stretch, ends, counter)
    for _ in ends:
        spent = Spent()
        with clocked(spent, "sample"):
            at, values = next(blocks)
            stop = at + values.shape[1]
            array[:, at:stop, stretch.tile] = values
        yield stretch._replace(start=at, stop=stop), counter.take(), spent


def open_array(plan: SamplingPlan, sequence: FieldSequence, store: Path) -> zarr.Array:
    """The array of a sequence's ensemble, created where it is not there."""
    group = zarr.open_group(store, mode="a")
    name, sizes = sequence.name, sequence.fine.sizes
    if name in group:
        array = group[name]
        assert isinstance(array, zarr.Array)
        return array.with_config(ALWAYS_WRITTEN)
    frame_bytes = 4 * plan.members * sizes["y"] * sizes["x"]
    at_once = int(np.clip(CHUNK_BYTES // frame_bytes, 1, len(sequence.times)))
    shape = (plan.members, len(sequence.times), sizes["tile"], sizes["y"], sizes["x"])
    first = str(sequence.times[0])
    return create_ensemble(group, name, shape, at_once, units="mm/h", long_name="precipitation", first=first)
