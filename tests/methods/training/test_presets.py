"""Presets are put together part over part."""

from __future__ import annotations

import pytest

from downbench_methods.training.presets import EDSR, FRAMES, SWINIR, TRAINING, UNET, common, merge

NAMES = ["smoke", "tiny", "small", "paper"]


def test_later_parts_and_changes_go_over_earlier_ones():
    one = {"smoke": {"a": 1, "b": 1}, "paper": {"a": 1}}
    two = {"smoke": {"b": 2, "c": 2}}
    merged = merge(one, two, smoke={"c": 3}, tiny={"d": 4})
    assert merged == {"smoke": {"a": 1, "b": 2, "c": 3}, "tiny": {"d": 4}, "small": {}, "paper": {"a": 1}}
    assert one["smoke"] == {"a": 1, "b": 1}  # the parts stay as they are


def test_a_preset_that_does_not_exist_is_no_silent_part():
    with pytest.raises(KeyError, match="huge"):
        merge(huge={"a": 1})


def test_common_keeps_the_named_parameters_only():
    presets = {"smoke": {"a": 1, "b": 2}, "paper": {"c": 3}}
    assert common(presets, {"a", "c"}) == {"smoke": {"a": 1}, "paper": {"c": 3}}


@pytest.mark.parametrize("part", [TRAINING, UNET, SWINIR, EDSR, FRAMES])
def test_every_part_speaks_of_all_presets(part):
    assert list(part) == NAMES
