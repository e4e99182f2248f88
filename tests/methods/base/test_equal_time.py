"""Presets fix steps, and those of some networks cost more where a patch has more coarse cells."""

from __future__ import annotations

import numpy as np
import pytest
from sequences import make_sequence, showers
from torch.utils.flop_counter import FlopCounterMode

from downbench import block_mean, build_config
from downbench.plugins.registry import Registry
from downbench_methods.base.network import NetworkMethod
from downbench_methods.regression.ensemble import UNetCRPS
from downbench_methods.regression.methods import SwinIR
from downbench_methods.training.presets import relative_time

METHODS = {entry.info.name: entry.load() for entry in Registry().entries("method")}
NETWORKS = {name: cls for name, cls in METHODS.items() if issubclass(cls, NetworkMethod) and cls.presets}


def operations(cls, factor):
    """Of a step of training by ``tiny``, forward, of an adversarial method the generator's."""
    method = cls(build_config("toy", cls.Config, cls.presets, "tiny", {"batch": 2}))
    method.factor = factor
    method.module = method.build()
    rain = showers((8, 1, 64, 64), np.random.default_rng(0), 0.8)
    clips = method.clips((make_sequence(rain, coarse=block_mean(rain, factor)),), 1)
    batch = clips.batch(range(2))
    counter = FlopCounterMode(display=False)
    with counter:
        method.module(batch, 0, *["generator"] * hasattr(method.module, "turns"))
    return counter.get_total_flops()


@pytest.mark.parametrize("cls", NETWORKS.values(), ids=NETWORKS)
def test_methods_that_work_on_the_fine_grid_alone_are_known(cls):
    """The others have a network on the coarse grid, which counts for more where it is trained alone first."""
    growth = operations(cls, 4) / operations(cls, 8)
    assert growth > 1.1 if cls.coarse_share else growth < 1.25


def test_presets_give_them_the_steps_that_the_others_take_in_time():
    assert relative_time(8) == 1
    assert relative_time(4) == pytest.approx(390 / 234, rel=0.05)  # CPU s of OF-Diff, on HadUK and on MRMS
    steps = UNetCRPS.presets["tiny"]["train_steps"]
    assert UNetCRPS.preset_at("tiny", 8) == {"train_steps": steps}
    assert UNetCRPS.preset_at("tiny", 4) == {"train_steps": round(steps * relative_time(4))}
    assert UNetCRPS.preset_at("small", 4) == {}
    assert SwinIR.preset_at("tiny", 4) == {}
