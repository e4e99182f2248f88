"""Which coarse and which fine frames stand for the same time, by the intervals that they stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from downbench import UserError

Intervals = NDArray[np.datetime64]  # (n, 2), first and last moments, rising
Frames = NDArray[np.int_]
_SLACK = 0.01  # of the shorter step: how far ends of intervals that count as one may lie apart


@dataclass(frozen=True)
class Matched:
    """Coarse and fine frames that stand for the same time.

    Args:
        coarse: positions of coarse frames, (n, each): more than one where they are averaged to a fine one.
        fine: positions of fine frames, (n, time_factor).
    """

    coarse: Frames
    fine: Frames

    @property
    def time_factor(self) -> int:
        """Fine frames in the time of a coarse one."""
        return self.fine.shape[1]


def match_intervals(coarse: Intervals, fine: Intervals, names: str) -> Matched:
    """Match frames whose intervals are the same, or of which several fill one of the other side.

    Frames without counterpart are left out. Values of moments, whose intervals have no length, match those of
    the same moments.

    Args:
        coarse: intervals of coarse frames.
        fine: those of fine frames.
        names: of both sources, for messages.

    Raises:
        UserError: no whole number of steps of one goes into a step of the other, or nothing is in common; or
            one has values of moments and the other means of intervals.
    """
    own, theirs = _step(fine), _step(coarse)
    if not (own and theirs):
        return _of_moments(coarse, fine, names)
    longer, shorter = max(own, theirs), min(own, theirs)
    each = round(longer / shorter)
    if abs(longer - each * shorter) > _SLACK * shorter:
        raise UserError(
            f"{names}: steps of {theirs / 3600:g} h (coarse) and {own / 3600:g} h (fine) do not go into each "
            "other",
            "bring one of them to a multiple of the other's step first",
        )
    if theirs >= own:
        long_frames, parts = _filled(_seconds(coarse), _seconds(fine), each)
        matched = Matched(long_frames[:, None], parts)
    else:
        long_frames, parts = _filled(_seconds(fine), _seconds(coarse), each)
        matched = Matched(parts, long_frames[:, None])
    if not len(matched.fine):
        raise _nothing_in_common("interval of time", coarse, fine, names)
    return matched


def _of_moments(coarse: Intervals, fine: Intervals, names: str) -> Matched:
    """Frames of the same moments.

    Raises:
        UserError: only one side has values of moments, or none is in common.
    """
    if _step(coarse) or _step(fine):
        which, other = ("coarse", "fine") if _step(fine) else ("fine", "coarse")
        setting = "files.stamp=end" if which == "fine" else "'files.coarse_reading={stamp: end}'"
        raise UserError(
            f"{names}: the {which} rain has values of moments (by cell_methods, or in a single frame), the "
            f"{other} means of intervals",
            f"bring both to means of the same intervals; or, if a value may stand for the step that ends "
            f"there: --set {setting}",
        )
    _, at_coarse, at_fine = np.intersect1d(coarse[:, 0], fine[:, 0], return_indices=True)
    if not len(at_fine):
        raise _nothing_in_common("moment", coarse, fine, names)
    return Matched(at_coarse[:, None], at_fine[:, None])


def _nothing_in_common(what: str, coarse: Intervals, fine: Intervals, names: str) -> UserError:
    return UserError(
        f"{names} have no {what} in common: {_span(coarse)} (coarse) and {_span(fine)} (fine)",
        "are the times of both those that they should be? --set files.stamp says where times stand",
    )


def _filled(long: NDArray[np.float64], short: NDArray[np.float64], each: int) -> tuple[Frames, Frames]:
    """Long intervals that so many consecutive short ones fill without a gap, and these."""
    slack = _SLACK * float(np.median(short[:, 1] - short[:, 0]))
    first = np.searchsorted(short[:, 0], long[:, 0] - slack)
    places = first[:, None] + np.arange(each)
    inside = places[:, -1] < len(short)
    places = np.minimum(places, len(short) - 1)
    starts, ends = short[places, 0], short[places, 1]
    begins = np.abs(starts[:, 0] - long[:, 0]) <= slack
    stops = np.abs(ends[:, -1] - long[:, 1]) <= slack
    whole = (np.abs(starts[:, 1:] - ends[:, :-1]) <= slack).all(axis=1)
    kept = inside & begins & stops & whole
    return np.flatnonzero(kept), places[kept]


def _seconds(intervals: Intervals) -> NDArray[np.float64]:
    return intervals.astype("datetime64[s]").astype(np.int64).astype(np.float64)


def _step(intervals: Intervals) -> float:
    seconds = _seconds(intervals)
    return float(np.median(seconds[:, 1] - seconds[:, 0]))


def _span(intervals: Intervals) -> str:
    first, last = (str(moment.astype("datetime64[m]")) for moment in (intervals[0, 0], intervals[-1, 1]))
    return f"{first} to {last}"
