"""How a record is cut into pieces of work: as far as its method allows it, on the edges of chunks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from downbench.scoring.reading import ChunkTask

Chunks = tuple[ChunkTask, ...]
Interval = tuple[int, int]


def runs_of(chunks: Iterable[ChunkTask]) -> list[Chunks]:
    """Chunks put together tile by tile, as long as each begins where the one before it ends."""
    ordered = sorted(chunks)
    if not ordered:
        return []
    breaks = [i for i, (one, two) in enumerate(pairwise(ordered), 1) if not _follows(one, two)]
    return [tuple(ordered[i:j]) for i, j in pairwise([0, *breaks, len(ordered)])]


def cut_runs(runs: Sequence[Chunks], pieces: int, past: int, in_time: bool) -> list[Chunks]:
    """Cut runs of chunks into about so many pieces.

    Each piece samples the frames before it that metrics look back at once more, so that it should be at least
    four times as long as that.

    Args:
        runs: of chunks that follow each other.
        pieces: wanted in all.
        past: frames that metrics look back.
        in_time: whether the method may be cut in time; else every run stays whole.
    """
    if not in_time or not runs:
        return list(runs)
    frames = sum(run[-1].stop - run[0].start for run in runs)
    length = max(frames // max(pieces, 1), 4 * past, 1)
    out: list[Chunks] = []
    for run in runs:
        piece: list[ChunkTask] = []
        for chunk in run:
            piece.append(chunk)
            if chunk.stop - piece[0].start >= length:
                out.append(tuple(piece))
                piece = []
        if piece:
            out.append(tuple(piece))
    return sorted(out, key=lambda each: (each[0].sequence, each[0].start, each[0].tile))


def _follows(one: ChunkTask, two: ChunkTask) -> bool:
    return one[:2] == two[:2] and one.stop == two.start


def groups_of(members: int, together: int) -> list[Interval | None]:
    """Members in groups of so many, the last with what is left; None is all of them."""
    if together >= members:
        return [None]
    edges = [*range(0, members, together), members]
    return list(pairwise(edges))


def group_count(wanted: int, pieces: int, members: int, cuts: Iterable[str]) -> int:
    """Groups of members that are worth their cost: what members share is worked out for each group.

    Args:
        wanted: pieces of work that there should be.
        pieces: that there are without such groups.
        members: of the ensemble.
        cuts: how the method may be cut.
    """
    if "member" not in cuts:
        return 1
    return min(max(-(-wanted // max(pieces, 1)), 1), members)


def gaps(done: Iterable[Interval], count: int) -> list[Interval]:
    """What is not done of ``count`` frames."""
    edges = [0, *(edge for span in sorted(done) for edge in span), count]
    return [(start, stop) for start, stop in zip(edges[::2], edges[1::2], strict=True) if start < stop]


def with_interval(done: Iterable[Interval], more: Interval) -> list[Interval]:
    """Intervals with one more, those put together that touch."""
    out: list[Interval] = []
    for start, stop in sorted([*done, more]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(stop, out[-1][1]))
        else:
            out.append((start, stop))
    return out


def halves_of(whole: Interval, every: int) -> list[Interval]:
    """An interval in two that meet at a multiple of ``every``; nothing where none lies inside it."""
    start, stop = whole
    middle = -(-(start + stop) // 2 // every) * every
    middle = middle if middle < stop else middle - every
    return [(start, middle), (middle, stop)] if start < middle else []


def pieces_of(whole: Interval, length: int, every: int) -> list[Interval]:
    """An interval in pieces of about ``length`` that end at multiples of ``every``."""
    start, stop = whole
    size = max(length // every, 1) * every
    edges = [start, *range((start // every) * every + size, stop, size), stop]
    return list(pairwise(edges))
