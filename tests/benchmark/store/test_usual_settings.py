"""What a run has otherwise than its preset gives today, by the presets that methods declare."""

from types import SimpleNamespace

import pytest

from downbench.store.usual_settings import set_otherwise
from downbench_methods.statistical.rainfarm import RainFarm


def run(preset="tiny", name="rainfarm", **configuration):
    method = SimpleNamespace(name=name, distribution="downbench", preset=preset, configuration=configuration)
    return SimpleNamespace(method=method, track=None, dataset=SimpleNamespace(factor=8, relation={}))


def test_what_the_preset_gives_is_nothing_of_its_own():
    assert set_otherwise(run("paper", **RainFarm.presets["paper"])) == {}
    assert set_otherwise(run()) == {}


@pytest.mark.parametrize("preset", ["tiny", "paper"])
def test_what_differs_is_named_with_its_value(preset):
    assert set_otherwise(run(preset, threshold=0.7)) == {"threshold": 0.7}


def test_without_a_preset_it_is_the_usual_one():
    assert set_otherwise(run(None, slope=1.5)) == {"slope": 1.5}


def test_nobody_knows_what_a_stranger_sets():
    assert set_otherwise(run(name="nobody-s", a=1)) is None
    assert set_otherwise(run("nobody-s-preset")) is None
