"""What a pass over all values counts."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from downbench.rain_values import NEGATIVE_LIMIT

_LOW_BITS = np.uint32((1 << 13) - 1)  # of a float32, which half precision leaves zero
_EQUAL = 1e-6  # relative: nearer to the truth than float32 rounds is the truth

_WET = 20  # wet cells of all members that a frame has, from which it says something that none of them falls

Field = NDArray[np.float32]


@dataclass
class Tally:
    """Counts over the blocks of all tiles; values of cells whose coarse rain is missing do not count."""

    cells: int = 0  # of all members
    missing: int = 0
    infinite: int = 0
    first_missing: str = ""
    negative: int = 0
    lowest: float = 0.0
    highest: float = 0.0
    at_highest: int = 0  # cells with the highest value
    frames_at_highest: set[tuple[str, int]] = field(default_factory=set)
    codes: dict[int, list[int]] = field(default_factory=dict)  # member to checksums of its blocks
    frames: int = 0
    wet_frames: int = 0
    flat_frames: int = 0
    repeated_frames: int = 0
    falling_frames: int = 0  # in which coarse rain falls somewhere
    risen_frames: int = 0  # of these, in which no predicted cell falls
    wet: int = 0
    fine_bits: bool = False  # whether a wet value has more bits than half precision
    inner_structure: bool = False  # whether any coarse cell has two values
    wet_truth: int = 0
    as_truth: dict[int, int] = field(default_factory=dict)  # member to cells that are equal
    truth_rain: float = 0.0
    rain: float = 0.0  # over all valid cells, averaged over members
    coarse_rain: float = 0.0
    _before: tuple[str, int, int] = ("", -1, 0)  # name, frame and checksum of the frame before

    def __post_init__(self) -> None:
        # Name, number, members and coarse rain of the frame before; no count, and no part of a comparison.
        self._last: tuple[str, int, Field, Field] | None = None

    def see(self, name: str, start: int, members: Field, truth: Field, coarse: Field, factor: int) -> None:
        """Count a block.

        Args:
            name: of its tile.
            start: number of its first frame.
            members: (member, time, y, x).
            truth: (time, y, x).
            coarse: (time, Y, X).
            factor: fine cells along the edge of a coarse one.
        """
        valid = np.isfinite(coarse).repeat(factor, axis=1).repeat(factor, axis=2)
        bad = ~np.isfinite(members) & valid
        if bad.any():
            infinite = int((np.isinf(members) & valid).sum())
            self.infinite += infinite
            self.missing += int(bad.sum()) - infinite
            if not self.first_missing:
                member, frame, y, x = (int(i) for i in np.argwhere(bad)[0])
                self.first_missing = f"member {member}, frame {start + frame} of {name}, cell ({y}, {x})"
        values = np.where(valid & np.isfinite(members), members, np.float32(0))
        self.cells += int(valid.sum()) * len(members)
        self._see_amounts(name, start, values)
        self._see_copies(name, start, values)
        self._see_rise(name, start, values, coarse)
        self._see_structure(values, valid, factor)
        here = np.isfinite(truth) & (truth > 0)
        self.wet_truth += int(here.sum())
        for number, member in enumerate(values):
            equal = np.abs(member - truth)[here] <= _EQUAL * truth[here]
            self.as_truth[number] = self.as_truth.get(number, 0) + int(equal.sum())
        self.truth_rain += float(np.nansum(truth, dtype=np.float64))
        self.rain += float(values.mean(axis=0, dtype=np.float64).sum())
        self.coarse_rain += float(np.nansum(coarse, dtype=np.float64)) * factor**2

    def _see_amounts(self, name: str, start: int, values: Field) -> None:
        self.negative += int((values < NEGATIVE_LIMIT).sum())
        self.lowest = min(self.lowest, float(values.min(initial=0)))
        top = float(values.max(initial=0))
        if top > self.highest:
            self.highest, self.at_highest, self.frames_at_highest = top, 0, set()
        if top == self.highest and top > 0:
            at = values == np.float32(top)
            wettest = np.flatnonzero(at.any(axis=(0, 2, 3)))
            self.at_highest += int(at.sum())
            self.frames_at_highest |= {(name, start + int(frame)) for frame in wettest}
        wet = values[values > 0]
        self.wet += wet.size
        self.fine_bits = self.fine_bits or bool((wet.view(np.uint32) & _LOW_BITS).any())

    def _see_copies(self, name: str, start: int, values: Field) -> None:
        for number, member in enumerate(values):
            self.codes.setdefault(number, []).append(zlib.crc32(member.tobytes()))
        for frame in range(values.shape[1]):
            field = values[:, frame]
            code, wet = zlib.crc32(field.tobytes()), bool(field.any())
            self.frames += 1
            self.wet_frames += wet
            self.repeated_frames += wet and self._before == (name, start + frame - 1, code)
            self._before = (name, start + frame, code)

    def _see_rise(self, name: str, start: int, values: Field, coarse: Field) -> None:
        """Frames that rise everywhere, though their coarse rain does not, as running totals do."""
        for frame in range(values.shape[1]):
            now, input_now = values[:, frame], coarse[frame]
            if self._last is not None and self._last[:2] == (name, start + frame - 1):
                _, _, before, input_before = self._last
                falls = bool((input_now < 0.9 * input_before).any())
                if falls and (before > 0).sum() >= _WET and (now != before).any():
                    self.falling_frames += 1
                    self.risen_frames += bool((now >= before * (1 - _EQUAL)).all())
            self._last = (name, start + frame, now.copy(), input_now.copy())

    def _see_structure(self, values: Field, valid: NDArray[np.bool_], factor: int) -> None:
        for frame in range(values.shape[1]):
            here = values[:, frame, valid[frame]]
            if here.size and here.max() > 0 and here.shape[1] > 1:
                self.flat_frames += bool((here.max(axis=1) == here.min(axis=1)).all())
        if not self.inner_structure and factor > 1:
            *lead, rows, columns = values.shape
            cells = values.reshape(*lead, rows // factor, factor, columns // factor, factor)
            self.inner_structure = bool((cells.max(axis=(3, 5)) != cells.min(axis=(3, 5))).any())

    @property
    def copies(self) -> tuple[int, int]:
        """Number of members, and how many differ."""
        return len(self.codes), len({tuple(codes) for codes in self.codes.values()})
