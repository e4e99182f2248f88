"""Seeds and noise from names, so that order, chunks, batches and resuming change nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def derive_seed(*identity: object) -> int:
    """A 63-bit seed from the SHA-256 of what identifies its use (never from order or time)."""
    text = "\x1f".join(str(part) for part in identity)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def keyed_normal(
    identity: tuple[object, ...],
    members: int,
    times: NDArray[np.datetime64],
    shape: Sequence[int],
    first: int = 0,
) -> NDArray[np.float32]:
    """Standard normal noise, one independent stream per (identity, member, timestamp).

    Args:
        identity: what names this noise among others.
        members: how many of them.
        times: of the frames.
        shape: of the noise of a frame.
        first: number of the first member.

    Returns:
        Shape (members, times, *shape), float32.
    """
    out = np.empty((members, len(times), *shape), np.float32)
    for j, time in enumerate(times.astype("datetime64[s]")):
        for i in range(members):
            generator = np.random.Generator(np.random.SFC64(derive_seed(*identity, first + i, time)))
            generator.standard_normal(dtype=np.float32, out=out[i, j])
    return out
