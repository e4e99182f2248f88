"""A method's fit can read what its description names, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from downbench import MethodInfo, UserError
from downbench.pipeline.training_data import allowed
from downbench.testing.rain import moving_rain

SCENE = moving_rain(3, 1)


def info(training: str) -> MethodInfo:
    return MethodInfo(name="toy", target="toy:Toy", training=training)


def test_pairs_are_handed_as_they_are():
    assert allowed((SCENE,), info("pairs")) == (SCENE,)


@pytest.mark.parametrize(
    ("training", "hidden", "shown"), [("coarse only", "fine", "coarse"), ("unpaired", "coarse", "fine")]
)
def test_what_a_method_does_without_has_its_sizes_and_times_but_no_values(training, hidden, shown):
    (handed,) = allowed((SCENE,), info(training))
    assert getattr(handed, shown) is getattr(SCENE, shown)
    rain, there = (getattr(one, hidden) for one in (handed, SCENE))
    if hidden == "coarse":
        assert set(rain) == set(there)
        rain, there = rain["precipitation"], there["precipitation"]
    assert rain.sizes == there.sizes
    np.testing.assert_array_equal(rain["time"], there["time"])
    for read in (lambda: rain.to_numpy(), lambda: rain.isel(time=0).mean().compute(), lambda: rain.values[0]):
        with pytest.raises(UserError, match=f"'toy' says training='{training}', and its fit reads the"):
            read()


def test_another_kind_of_training_is_refused():
    with pytest.raises(UserError, match="cannot be trained on 'nothing'"):
        info("nothing")
