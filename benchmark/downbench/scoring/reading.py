"""From the frames of a split to chunks, and from chunks to statistics, whichever engine does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.dataset import FieldSequence
from downbench.contracts.metric import Metric
from downbench.dates import date_text
from downbench.errors import UserError
from downbench.rain_values import NEGATIVE_LIMIT, extremes
from downbench.scoring.chunk import TileChunk
from downbench.scoring.engine import Accumulator
from downbench.scoring.ensemble import open_ensemble, read_members
from downbench.scoring.frames import Frames, steps

CHUNK_VALUES = 2**23  # members x cells in memory at once, as a rule
MOST_VALUES = 2**26  # in chunks of twice the look-back, so that no frame is read more than twice


class ChunkTask(NamedTuple):
    """Frames ``start`` to ``stop`` of a tile; sequence and tile by their index."""

    sequence: int
    tile: int
    start: int
    stop: int


def chunk_length(values: int, past: int) -> int:
    """Frames of a chunk, from the ensemble's values in a frame and the frames that metrics look back.

    Each chunk reads its past again, so it should be much longer than that: at least twice as long where
    ``MOST_VALUES`` allow, whatever ``CHUNK_VALUES`` say.
    """
    return max(CHUNK_VALUES // values, min(2 * past, MOST_VALUES // values), 1)


def chunk_tasks(frames: Frames, members: int, past: int) -> list[ChunkTask]:
    """All chunks of a split, in order of time: all tiles of a stretch, then the next stretch.

    Args:
        frames: of the split.
        members: of the ensemble.
        past: frames before a chunk that metrics look at.
    """
    tasks = []
    for number, sequence in enumerate(frames.sequences):
        cells = sequence.fine.sizes["y"] * sequence.fine.sizes["x"]
        for part in steps(len(sequence.times), chunk_length(cells * members, past)):
            for tile in range(sequence.fine.sizes["tile"]):
                tasks.append(ChunkTask(number, tile, part.start, part.stop))
    return tasks


def new_accumulator(
    frames: Frames, metrics: dict[str, Metric], members: int, scratch: Path | None = None
) -> Accumulator:
    """An accumulator for all frames, empty."""
    layout = [(s.name, s.times) for s in frames.sequences]
    calendar = frames.sequences[0].calendar
    return Accumulator(metrics, frames.grid, layout, members, scratch, calendar)


def accumulate(
    frames: Frames,
    predictions: Path,
    tasks: Iterable[ChunkTask],
    accumulator: Accumulator,
    advance: Callable[[ChunkTask], None] = lambda task: None,
) -> Accumulator:
    """Read the chunks of ``tasks`` one by one, truth and ensemble, and add them up.

    Raises:
        RunFailed: the predictions are not there, or are damaged.
    """
    for task in tasks:
        accumulator.add(read_chunk(frames, predictions, task, accumulator.past))
        advance(task)
    return accumulator


def read_chunk(frames: Frames, predictions: Path, task: ChunkTask, past: int) -> TileChunk:
    """Truth, ensemble and coarse rain of a chunk, with ``past`` frames before it where there are so many."""
    sequence = frames.sequences[task.sequence]
    ensemble = open_ensemble(predictions, sequence.name)
    members = read_members(predictions, ensemble, slice(max(0, task.start - past), task.stop), task.tile)
    return chunk_of(frames, task, members)


def chunk_of(frames: Frames, task: ChunkTask, members: NDArray[np.float32]) -> TileChunk:
    """The chunk of an ensemble that is at hand, with its truth and coarse rain.

    Args:
        frames: of the split.
        task: frames and tile of the chunk.
        members: (member, time, y, x), up to the last frame of the chunk; those before its first are its past.
    """
    sequence, split = frames.sequences[task.sequence], members.shape[1] - (task.stop - task.start)
    part = slice(task.start - split, task.stop)
    truth, coarse = read_fields(sequence, task.tile, part, frames.dataset.factor)
    return TileChunk(
        truth=truth[split:],
        members=members[:, split:],
        times=sequence.times[task.start : task.stop],
        sequence=sequence.name,
        tile=task.tile,
        grid=frames.grid,
        past_truth=truth[:split],
        past_members=members[:, :split],
        coarse=coarse[split:],
        joined=(truth, members),
    )


def read_fields(
    sequence: FieldSequence, tile: int, part: slice, factor: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fine rain (time, y, x) and coarse rain (time, Y, X) in mm/h, cast to float32 here and nowhere else.

    Fine rain is NaN in every coarse cell that is not wholly valid.

    Raises:
        UserError: the truth or the coarse rain is infinite, below -1e-3 mm/h or above the sequence's limit.
    """
    fine = sequence.fine.isel(tile=tile, time=part).to_numpy().astype(np.float32, copy=False)
    coarse = coarse_rain(sequence, tile, part)
    times, where = sequence.times[part], f"{sequence.name!r}, tile {tile}"
    _refuse_impossible(fine, f"the truth of {where}", times, sequence)
    _refuse_impossible(coarse, f"the coarse rain of {where}", times, sequence)
    blocks = fine.reshape(len(fine), coarse.shape[1], factor, coarse.shape[2], factor)
    valid = np.isfinite(coarse) & np.isfinite(blocks).all(axis=(2, 4))
    mask = valid.repeat(factor, axis=1).repeat(factor, axis=2)
    return np.where(mask, fine, np.float32(np.nan)), coarse


def coarse_rain(sequence: FieldSequence, tile: int, part: slice) -> NDArray[np.float32]:
    """Coarse rain of fine frames (time, Y, X) in mm/h: that of the coarse frame in which each lies."""
    rain = sequence.coarse["precipitation"].isel(tile=tile, time=sequence.coarse_frames(part))
    return rain.to_numpy().astype(np.float32, copy=False)


def _refuse_impossible(
    rain: NDArray[np.float32], where: str, times: NDArray[np.datetime64], sequence: FieldSequence
) -> None:
    low, high = extremes(rain) if rain.size else (0.0, 0.0)
    if not (low < NEGATIVE_LIMIT or high > sequence.rain_limit):  # NaN where every cell is missing
        return
    bad = (rain > sequence.rain_limit) | (rain < NEGATIVE_LIMIT)
    frame, y, x = (int(i) for i in np.argwhere(bad)[0])
    raise UserError(
        f"{where} has rain of {rain[frame, y, x]:.6g} mm/h, in {int(bad.sum())} cells, "
        f"first at {date_text(times[frame], sequence.calendar)}, y = {y}, x = {x}",
        f"a dataset marks missing values as NaN (rain above {sequence.rain_limit:g} mm/h counts as a missing "
        "value that was not declared), and cleans rain with downbench.clean_precipitation",
    )
