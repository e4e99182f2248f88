"""A regular sample of cells, for what needs a number per cell and day: all cells would be the data again."""

from __future__ import annotations

from math import gcd


def stride(size: int, factor: int, largest: int) -> int:
    """Distance of sampled cells on a tile: the least that leaves at most ``largest`` of them along its edge.

    It has no divisor in common with the factor, so that all places within a coarse cell occur alike.

    Args:
        size: cells along the tile's longer edge.
        factor: fine cells along the edge of a coarse one.
        largest: sampled cells along the edge, at most.
    """
    step = -(-size // largest)
    while gcd(step, factor) > 1:
        step += 1
    return step
