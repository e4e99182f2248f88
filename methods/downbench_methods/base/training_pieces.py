"""Pieces of training data that ensembles are finished on: the same ones for every method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from downbench import FieldSequence, FitContext, SampleContext, derive_seed
from downbench_methods.base.sampling import Array, Tile

MOST_IN_MEMORY = 1e9  # bytes of training data
CANDIDATES = 3  # drawn for one piece
DRY_WEIGHT, WET = 0.05, 0.05  # chance of a dry piece relative to a wet one; mm/h
SIDE, FRAMES, LEAD = 64, 8, 3  # fine cells; frames that count; frames before them, as context


@dataclass(frozen=True)
class Piece:
    """A stretch of a window of one training sequence.

    Args:
        tile: coarse and static fields, with the frames that lead in.
        truth: mm/h, (frames, y, x), without those.
        context: what a method samples it in.
    """

    tile: Tile
    truth: Array
    context: SampleContext

    @cached_property
    def coarse(self) -> Array:
        """Coarse rain in mm/h of the frames that count, (frames, y, x)."""
        return self.tile.rain[self.context.start :].astype(np.float32)

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """Where the truth is not missing."""
        return np.isfinite(self.truth)


@dataclass(frozen=True)
class _Window:
    sequence: FieldSequence
    tile: int
    first: int  # frame
    row: int  # coarse cells
    column: int


def in_memory(train: tuple[FieldSequence, ...]) -> tuple[FieldSequence, ...]:
    """Read sequences that are small enough: pieces of a lazy field cost a reading each."""
    coarse = sum(field.size for sequence in train for field in sequence.coarse.values())
    if 4 * (coarse + sum(sequence.fine.size for sequence in train)) > MOST_IN_MEMORY:
        return train
    return tuple(
        replace(sequence, coarse=sequence.coarse.compute(), fine=sequence.fine.compute())
        for sequence in train
    )


def training_pieces(train: tuple[FieldSequence, ...], context: FitContext, cells: int) -> Iterator[Piece]:
    """Cut pieces of so many fine cells in all.

    A piece is one of three candidates, drawn in proportion to their coarse wet area: a choice that depends on
    the input alone. Which ones are drawn follows from the training data, and not from the method.
    """
    drawn = 0
    for number in range(cells):  # each has a cell at least
        random = np.random.default_rng(derive_seed("finishing", number))
        windows = [_window(train, context.factor, random) for _ in range(CANDIDATES)]
        wet = np.array([_wet_share(window, context.factor) + DRY_WEIGHT for window in windows])
        piece = _cut(windows[random.choice(CANDIDATES, p=wet / wet.sum())], context, number)
        yield piece
        drawn += piece.truth.size
        if drawn >= cells:
            return


def _window(train: tuple[FieldSequence, ...], factor: int, random: np.random.Generator) -> _Window:
    sizes = np.array([sequence.fine.size for sequence in train], float)
    sequence = train[random.choice(len(train), p=sizes / sizes.sum())]
    _, tiles, height, width = sequence.coarse["precipitation"].shape
    last = len(sequence.times) - FRAMES
    side = _side(factor)
    tile, first, row, column = (
        int(random.integers(max(n, 0) + 1)) for n in (tiles - 1, last, height - side, width - side)
    )
    return _Window(sequence, tile, first, row, column)


def _slices(window: _Window, factor: int) -> tuple[slice, slice, slice]:
    """Frames that count, rows and columns of coarse cells."""
    side = _side(factor)
    return (
        slice(window.first, window.first + FRAMES),
        slice(window.row, window.row + side),
        slice(window.column, window.column + side),
    )


def _side(factor: int) -> int:
    """Coarse cells a side of a piece."""
    return max(SIDE // factor, 1)


def _wet_share(window: _Window, factor: int) -> float:
    time, y, x = _slices(window, factor)
    middle = window.sequence.warmup + (time.start + min(time.stop, len(window.sequence.times))) // 2
    rain = window.sequence.coarse["precipitation"].isel(time=middle, tile=window.tile, y=y, x=x)
    return float((rain.to_numpy() > WET).mean())


def _cut(window: _Window, context: FitContext, number: int) -> Piece:
    sequence, factor = window.sequence, context.factor
    time, y, x = _slices(window, factor)
    fine_y, fine_x = (slice(s.start * factor, s.stop * factor) for s in (y, x))
    first = time.start + sequence.warmup
    before = max(first - LEAD, 0)
    shown = slice(before, time.stop + sequence.warmup)
    tile = Tile(
        sequence.coarse.isel(time=shown, tile=window.tile, y=y, x=x).load(),
        sequence.static.isel(tile=window.tile, y=fine_y, x=fine_x, missing_dims="ignore"),
        factor,
    )
    fine = sequence.fine
    truth = fine.isel(time=time, tile=window.tile, y=fine_y, x=fine_x).to_numpy().astype(np.float32)
    label = int(fine["tile"].to_numpy()[window.tile]) if "tile" in fine.coords else window.tile
    name = f"{sequence.name}-{number}"  # noise of its own, also where pieces overlap
    return Piece(
        tile,
        truth,
        SampleContext(
            seed=context.seed,
            sequence=name,
            tile=label,
            start=first - before,
            device=context.device,
            factor=factor,
        ),
    )
