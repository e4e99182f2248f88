"""A stretch of time of one tile, sampled: the piece of work that everything which samples consists of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.contracts.dataset import FieldSequence
from downbench.contracts.method import Method, SampleContext
from downbench.guard import defined_at
from downbench.pipeline.contract_check import Expected, Rain, slices_of
from downbench.pipeline.sampling_plan import SamplingPlan
from downbench.pipeline.stretches.cutting import Interval
from downbench.pipeline.stretches.first_look import FirstLook
from downbench.pipeline.stretches.time_pieces import MOST_COARSE, Piece, cut_pieces
from downbench.plugins.descriptions import MethodInfo
from downbench.scoring.frames import one_tile
from downbench.scoring.reading import coarse_rain


class Stretch(NamedTuple):
    """Frames ``start`` to ``stop`` of a tile; sequence and tile by their index.

    ``group`` are the numbers of the first member and of the one behind the last; None is all members.
    """

    sequence: int
    tile: int
    start: int
    stop: int
    group: Interval | None = None


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
    valid, name = Validity(sequence, stretch.tile), f"{sequence.name}/{stretch.tile}"
    factor, times = plan.frames.dataset.factor, sequence.times
    first, last = stretch.group or (0, plan.members)
    at = defined_at(type(method).sample)
    expected = Expected(plan.name, last - first, factor, times, valid, name, sequence.fine, at)
    look = FirstLook(plan, sequence, stretch.tile, stretch.stop)
    for frame, block in expected.blocks_to(_slices(plan, method, stretch), stretch.start, ends, rain):
        look.see(frame, block, rain)
        yield frame, block
        del block  # before the next one is made


class Validity:
    """Where the coarse rain of a tile is, read as it is asked for: (time, y, x) of some fine frames."""

    def __init__(self, sequence: FieldSequence, tile: int) -> None:
        self._sequence, self._tile = sequence, tile

    def __getitem__(self, frames: slice) -> NDArray[np.bool_]:
        return np.isfinite(coarse_rain(self._sequence, self._tile, frames))


def coarse_pieces(plan: SamplingPlan, sequence: FieldSequence) -> list[Piece]:
    """The pieces in which a tile's coarse fields are read, so that memory does not grow with the record.

    A record that fits into memory is one piece. Else a method sees the frames around each piece that it looks
    at, at least 16 before it; noise with a memory begins there, so that cuts depend on the data alone.
    """
    info, coarse = plan.entry.info, sequence.coarse
    assert isinstance(info, MethodInfo)
    count, sizes = coarse.sizes["time"], coarse.sizes
    most = max(MOST_COARSE // (4 * len(coarse.data_vars) * sizes["y"] * sizes["x"]), 1)
    if count <= most:
        return [Piece(0, sequence.warmup, count, count)]
    wanted, times = slice(sequence.warmup, count), coarse["time"].to_numpy()
    return cut_pieces(times, wanted, info.window, info.past, info.future, most, sequence.calendar)


def _slices(plan: SamplingPlan, method: Method, stretch: Stretch) -> Iterator[xr.DataArray]:
    """What the method yields for a stretch, piece after piece; it may begin before the stretch."""
    sequence, factor = plan.frames.sequences[stretch.sequence], plan.frames.dataset.factor
    each, shift = sequence.time_factor, sequence.warmup
    member, end = stretch.group or (0, plan.members)
    pieces = coarse_pieces(plan, sequence)
    for piece in pieces:
        first, stop = (piece.first - shift) * each, (piece.stop - shift) * each  # fine frames
        if stop <= stretch.start or first >= stretch.stop:
            continue
        context = SampleContext(
            seed=plan.method_seed,
            sequence=sequence.name,
            tile=int(sequence.fine["tile"].to_numpy()[stretch.tile]),
            start=shift + max(first, stretch.start) // each - piece.begin,
            device=plan.device,
            factor=factor,
            time_factor=each,
            step=plan.frames.dataset.step,
            first_member=member,
        )
        coarse = one_tile(sequence.coarse.isel(time=slice(piece.begin, piece.end)), stretch.tile)
        static = one_tile(sequence.static, stretch.tile)
        parts = slices_of(method, plan.name, coarse, static, end - member, context)
        yield from parts if len(pieces) == 1 else _until(parts, sequence.times[stop - 1])


def _until(parts: Iterator[xr.DataArray], last: np.datetime64) -> Iterator[xr.DataArray]:
    """Slices up to a time; what lies behind it belongs to the next piece."""
    for part in parts:
        if "time" not in part.coords:
            yield part  # is refused
            continue
        keep = part["time"].to_numpy() <= last
        yield part.isel(time=keep)
        if not keep.all() or part["time"].to_numpy()[-1] == last:
            return
