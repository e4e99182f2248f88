"""Global generators are watched, set and put back."""

import random

import numpy as np

from downbench.global_random import seeded, states


def test_what_a_block_uses_is_named_and_all_is_put_back() -> None:
    before = states()
    with seeded(3) as touched:
        first = (random.random(), np.random.uniform())  # noqa: NPY002
    assert touched == {"the generator of the module random", "numpy's global generator"}
    assert states() == before
    with seeded(3) as touched:
        pass
    assert touched == set()
    with seeded(3):
        assert (random.random(), np.random.uniform()) == first  # noqa: NPY002
