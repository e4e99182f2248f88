"""The random generators that all code of a process shares: watched, or set for a while and put back."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

PYTHON = "the generator of the module random"  # which threads of libraries use as well


def states() -> dict[str, bytes]:
    """Name of each generator to something that changes when it is used."""
    torch = sys.modules.get("torch")
    _, keys, *rest = np.random.get_state(legacy=True)  # noqa: NPY002
    state = {
        PYTHON: str(hash(random.getstate())).encode(),
        "numpy's global generator": np.asarray(keys).tobytes() + repr(rest).encode(),
    }
    if torch is not None:
        state["torch's global generator"] = torch.get_rng_state().numpy().tobytes()
    return state


@contextmanager
def seeded(seed: int) -> Iterator[set[str]]:
    """Seed the global random generators for a while; they are as they were afterwards.

    Yields:
        A set that says afterwards which of them the block has used or changed.
    """
    torch = sys.modules.get("torch")
    before = random.getstate(), np.random.get_state(), None if torch is None else torch.get_rng_state()  # noqa: NPY002
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    if torch is not None:
        torch.random.default_generator.manual_seed(seed)
    start = states()
    touched: set[str] = set()
    try:
        yield touched
        now = states()
        touched |= {name for name, state in start.items() if now[name] != state}
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        if torch is not None:
            torch.set_rng_state(before[2])
