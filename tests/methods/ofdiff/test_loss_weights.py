"""The ablation of the losses' weights."""

from __future__ import annotations

import pytest

from downbench import build_config
from downbench_methods.ofdiff.configuration import OFDiffConfig
from downbench_methods.ofdiff.loss_weights import EqualLosses
from downbench_methods.ofdiff.method import OFDiff

WEIGHTS = {"loss_diffusion": 1.0, "loss_mean": 1.0, "loss_flow": 1.0}


@pytest.mark.parametrize("preset", ["smoke", "tiny", "small", "paper"])
def test_nothing_but_the_weights_differs_and_they_are_equal(preset: str) -> None:
    own, ofdiff = (
        build_config("ofdiff", OFDiffConfig, method.presets, preset, {}).model_dump()
        for method in (EqualLosses, OFDiff)
    )
    assert own == {**ofdiff, **WEIGHTS}
    assert own != ofdiff
