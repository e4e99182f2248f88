"""The random generators that all code of a process shares: set for a while, watched, and put back."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


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
    start = _states()
    touched: set[str] = set()
    try:
        yield touched
        now = _states()
        touched |= {name for name, state in start.items() if now[name] != state}
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002
        if torch is not None:
            torch.set_rng_state(before[2])


def _states() -> dict[str, bytes]:
    torch = sys.modules.get("torch")
    _, keys, *rest = np.random.get_state(legacy=True)  # noqa: NPY002
    states = {
        "changes the generator of the module random": repr(random.getstate()).encode(),
        "changes numpy's global generator": np.asarray(keys).tobytes() + repr(rest).encode(),
    }
    if torch is not None:
        states["changes torch's global generator"] = torch.get_rng_state().numpy().tobytes()
    return states
