"""Mistakes that give a number all the same are told while a method samples; what is right is not."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from downbench import DownbenchWarning, Method, MethodInfo
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.stretches import first_look
from downbench.pipeline.stretches.first_look import FirstLook
from downbench.testing.rain import SQUARE, moving_rain

SCENE = moving_rain(12, 2, SQUARE)
TRUE = SCENE.fine.to_numpy()[:, 0]
NOISE = np.random.default_rng(0).gamma(25, 1 / 25, (3, *TRUE.shape)).astype(np.float32)
RIGHT = TRUE * NOISE


class Mine(Method):
    """Its code is never run here."""

    def sample(self, *_: Any) -> Any:
        """Nothing."""


def look_at(blocks: np.ndarray, probabilistic: bool = True, before: Any = None) -> list[str]:
    """What is told of an ensemble that comes in blocks of five frames, before it is clipped."""
    first_look._told.clear()
    plan: Any = SimpleNamespace(
        name="mine",
        method_class=Mine,
        entry=SimpleNamespace(info=MethodInfo(name="mine", target="a:B", probabilistic=probabilistic)),
        frames=SimpleNamespace(dataset=SimpleNamespace(factor=8)),
        directory=SimpleNamespace(sample="here"),
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", DownbenchWarning)
        look, rain = FirstLook(plan, SCENE, 0, len(TRUE)), Rain()
        if before is not None:
            before()
        for at in range(0, len(TRUE), 5):
            part = blocks[:, at : at + 5]
            rain.add(Rain(part.size, below=float(np.minimum(part, 0).sum())))
            look.see(at, np.maximum(part, 0), rain)
    return [str(one.message) for one in told]


def test_what_is_right_is_not_told() -> None:
    assert look_at(RIGHT) == []
    assert look_at(RIGHT[:1], probabilistic=False) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (RIGHT / 3600, "as of kg m-2 s-1 in place of mm/h"),
        (RIGHT * 24, "as of mm/day in place of mm/h"),
        (RIGHT.swapaxes(2, 3), "rows and columns are swapped"),
        (RIGHT[..., ::-1], r"x is flipped"),
        (RIGHT[:, ::-1], "its frames run the other way"),
        (np.roll(RIGHT, 8, axis=2), "shifted by a row"),
        (RIGHT * 0, "its rain is zero everywhere"),
        (np.repeat(RIGHT[:1], 3, axis=0), "its members are identical"),
        (np.where(RIGHT > 0, RIGHT, -2), "often negative"),
    ],
)
def test_a_mistake_is_told_once_with_its_line(wrong: np.ndarray, said: str) -> None:
    [text] = look_at(wrong)
    assert said in text
    assert "method 'mine'" in text
    assert "test_first_look.py:" in text
    assert "bench check mine" in text


def test_randomness_of_generators_that_all_share_is_told() -> None:
    state = np.random.get_state()  # noqa: NPY002
    try:
        [text] = look_at(RIGHT, before=lambda: np.random.uniform())  # noqa: NPY002
    finally:
        np.random.set_state(state)  # noqa: NPY002
    assert "draws from numpy's global generator" in text
    assert "context.normal" in text
