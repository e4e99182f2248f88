"""Some frames of one tile, sampled and written into the output chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from downbench.contracts.method import Method, SampleContext
from downbench.downscaling.fine_store import rain_of, write_block
from downbench.downscaling.ledger import Work
from downbench.downscaling.request import ApplyRequest
from downbench.guard import defined_at
from downbench.isolation.allocator import hand_back_memory
from downbench.pipeline.contract_check import Expected, Rain, slices_of
from downbench.scoring.frames import one_tile
from downbench.units import to_mm_per_hour


class Made(NamedTuple):
    """What has been written, where a method would begin to go on, and the rain before it was clipped."""

    work: Work
    restart: int
    rain: Rain


def make(request: ApplyRequest, method: Method, work: Work, restart: int, partial: Path) -> Iterator[Made]:
    """Sample frames of a piece of a tile and write them.

    Args:
        request: what is asked for.
        method: fitted.
        work: what of it.
        restart: frame of the piece at which the method begins, at or before the first of ``work``.
        partial: the output, which has been created.

    Yields:
        What is written, after every chunk.

    Raises:
        RunFailed: the method breaks its contract.
    """
    piece, source, each = request.pieces[work.piece], request.source, request.time_factor
    frames, lead = piece.stop - piece.first, piece.first - piece.begin
    coarse = one_tile(source.fields.isel(time=slice(piece.begin, piece.end)), work.tile)
    valid = np.isfinite(coarse["precipitation"].to_numpy()[lead : lead + frames]).repeat(each, axis=0)
    first, last = work.group or (0, request.members)
    name, members = request.info.name, last - first
    context = SampleContext(
        seed=request.method_seed,
        sequence=request.sequence,
        tile=work.tile,
        start=lead + restart // each,
        device=request.device,
        factor=request.factor,
        time_factor=each,
        step=request.step,
        first_member=first,
    )
    times = context.fine_times(coarse["time"].to_numpy()[lead : lead + frames])
    author = defined_at(type(method).sample)
    expected = Expected(name, members, request.factor, times, valid, f"tile {work.tile}", at=author)
    slices = Slices(
        slices_of(method, name, coarse, one_tile(source.static, work.tile), members, context), times
    )
    store, rain = rain_of(partial), Rain()
    scale = np.float32(1 / to_mm_per_hour(request.units, "--units"))
    offset = piece.first * each - request.made.start
    every = store.chunks[1]
    ends = [*range(work.start + every, work.stop, every), work.stop]
    for at, values in expected.blocks_to(iter(slices), work.start, ends, rain):
        write_block(store, offset + at, work.tile, values if scale == 1 else values * scale, first)
        stop = at + values.shape[1]
        del values  # before the next ones are made
        hand_back_memory()
        yield Made(work._replace(start=at, stop=stop), slices.restart(stop), rain.take())


class Slices:
    """What a method yields, with a note of where its last slice begins and ends."""

    def __init__(self, parts: Iterator[xr.DataArray], times: Any) -> None:
        self._parts, self._times = parts, times
        self._first = self._end = 0

    def __iter__(self) -> Iterator[xr.DataArray]:
        for part in self._parts:
            if "time" in part.coords and part.sizes["time"]:
                got = part["time"].to_numpy()
                self._first = int(np.searchsorted(self._times, got[0]))
                self._end = int(np.searchsorted(self._times, got[-1], "right"))
            yield part

    def restart(self, done: int) -> int:
        """Where a method must begin to give the same slices from frame ``done`` on."""
        return done if done == self._end else self._first
