"""Times of a pair of which one file leaves open where they stand, and the other tells."""

from __future__ import annotations

from itertools import product

from downbench import UserError
from downbench_datasets.files.pairs.intervals import Intervals, Matched, match_intervals
from downbench_datasets.reading.record import RainRecord


def match_records(coarse: RainRecord, fine: RainRecord, names: str) -> tuple[Matched, Intervals, list[str]]:
    """Match frames of two records, the intervals of the coarse one, and what to know of them.

    Where a record can be read in two ways, such as days at noon, both are tried. It is settled where only one
    of them matches, or both match alike.

    Args:
        coarse: rain on coarse cells.
        fine: rain on fine cells.
        names: of both, for messages.

    Raises:
        UserError: nothing matches, or several readings do, with other frames each.
    """
    matches: list[tuple[Matched, Intervals, bool]] = []
    refused: list[UserError] = []
    for own, theirs in product(_readings(coarse), _readings(fine)):
        usual = own is coarse.bounds and theirs is fine.bounds
        try:
            matches.append((match_intervals(own, theirs, names), own, usual))
        except UserError as error:
            refused.append(error)
    if not matches:
        raise refused[0]
    if len({(match.coarse.tobytes(), match.fine.tobytes()) for match, _, _ in matches}) > 1:
        raise _open(coarse, names)
    match, intervals, usual = matches[0]
    return (
        match,
        intervals,
        [] if usual else ["where times stand in their intervals follows from those that match"],
    )


def _readings(record: RainRecord) -> list[Intervals]:
    return [record.bounds] if record.other_bounds is None else [record.bounds, record.other_bounds]


def _open(coarse: RainRecord, names: str) -> UserError:
    of_coarse = coarse.other_bounds is not None
    which = "coarse" if of_coarse else "fine"
    record_options = [
        f"'files.coarse_reading={{stamp: {stamp}}}'" if of_coarse else f"files.stamp={stamp}"
        for stamp in ("middle", "end")
    ]
    return UserError(
        f"{names}: times of the {which} rain may be the middle of their intervals or end them (a day at "
        "12:00 from 00 to 24 h, or from noon to noon), and there are frames for both",
        f"say which: --set {record_options[0]} or --set {record_options[1]}",
    )
