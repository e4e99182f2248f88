"""Sampling a stretch and writing it into the predictions, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import zarr

from downbench.contracts.method import Method
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.sampling_plan import SamplingPlan
from downbench.pipeline.stretches.coordinates import axes_of
from downbench.pipeline.stretches.sampling import Stretch, sampled
from downbench.pipeline.stretches.scored import Spent, clocked
from downbench.scoring.ensemble import ALWAYS_WRITTEN, create_ensemble

CHUNK_BYTES = 4 * 2**20  # of one stored chunk of predictions


def store_stretch(
    plan: SamplingPlan, method: Method, stretch: Stretch, store: Path
) -> Iterator[tuple[Stretch, Rain, Spent]]:
    """Sample a stretch whose frames and members begin and end at chunks of the predictions, and write it.

    Yields:
        What has been written, the rain before it was clipped, and what it took, after every chunk.

    Raises:
        RunFailed: the method breaks its contract.
    """
    array = open_array(plan, stretch.sequence, store)
    members, every = slice(*(stretch.group or (0, plan.members))), array.chunks[1]
    ends = [*range(stretch.start + every, stretch.stop, every), stretch.stop]
    counter = Rain()
    blocks = sampled(plan, method, stretch, ends, counter)
    for _ in ends:
        spent = Spent()
        with clocked(spent, "sample"):
            at, values = next(blocks)
            stop = at + values.shape[1]
            array[members, at:stop, stretch.tile] = values
            del values  # before the next ones are made
        yield stretch._replace(start=at, stop=stop), counter.take(), spent


def open_array(plan: SamplingPlan, number: int, store: Path, groups: int = 1) -> zarr.Array:
    """The array of the ensemble of a sequence, by its index; created where it is not there.

    Args:
        plan: what is sampled.
        number: of the sequence.
        store: that the array stands in.
        groups: about so many groups of members have chunks of their own, if it is created.
    """
    group = zarr.open_group(store, mode="a")
    sequences = plan.frames.sequences
    name, sizes, times = sequences[number].name, sequences[number].fine.sizes, sequences[number].times
    if name in group:
        array = group[name]
        assert isinstance(array, zarr.Array)
        return array.with_config(ALWAYS_WRITTEN)
    together = -(-plan.members // groups)
    at_once = frames_together(plan, number, together)
    shape = (plan.members, len(times), sizes["tile"], sizes["y"], sizes["x"])
    axes = axes_of(sequences, number)
    attributes = {"units": "mm/h", "standard_name": "lwe_precipitation_rate", "long_name": "precipitation"}
    if axes.aside:
        attributes["coordinates"] = " ".join(axes.aside)
    first = str(times[0])
    return create_ensemble(group, name, shape, at_once, axes.dims, together, first=first, **attributes)


def frames_together(plan: SamplingPlan, number: int, members: int) -> int:
    """Frames of a sequence in one chunk of so many members."""
    sequence = plan.frames.sequences[number]
    sizes = sequence.fine.sizes
    return int(np.clip(CHUNK_BYTES // (4 * members * sizes["y"] * sizes["x"]), 1, len(sequence.times)))
