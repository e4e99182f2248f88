"""What a process keeps of the memory that it has handed back to its allocator."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

ARENAS = "MALLOC_ARENA_MAX"
_M_ARENA_MAX = -8  # of glibc's malloc.h


def share_one_arena() -> None:
    """Have all threads, and the processes that this one starts, take memory from one place (glibc).

    Otherwise each thread has an arena of its own and keeps what was freed there, so that memory grows with
    the length of a record although nothing is held. Where ``MALLOC_ARENA_MAX`` is set, it stays as it is.
    """
    if ARENAS in os.environ or sys.platform != "linux":
        return
    os.environ[ARENAS] = "1"  # read by glibc when a process starts
    with suppress(AttributeError, OSError):  # another library of C
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def hand_back_memory() -> None:
    """Give free memory between what is in use back to the system (glibc), as after a chunk of a long record.

    Otherwise the gaps that large arrays leave behind add up, chunk by chunk.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
