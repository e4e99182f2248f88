"""Parameters: limits, units and descriptions stay with the model; a bad key or value is named."""

import pytest

from downbench import Config, UserError, build_config, parameter
from downbench.contracts.configuration import unit_of


class Rain(Config):
    threshold: float = parameter(0.1, "Rain below it counts as dry.", "mm/h", ge=0)
    passes: int = parameter(2, "How often the mapping is repeated.")
    plain: str = "a"


def test_a_parameter_has_its_default_description_and_unit():
    assert Rain().threshold == 0.1
    assert Rain.model_fields["threshold"].description == "Rain below it counts as dry."
    assert [unit_of(Rain, name) for name in Rain.model_fields] == ["mm/h", "", ""]


def test_limits_of_a_parameter_hold():
    with pytest.raises(UserError, match=r"rain\.threshold: .*greater than or equal to 0"):
        build_config("rain", Rain, {}, None, {"threshold": -1})


def test_a_misspelt_key_is_named_with_the_nearest_one():
    with pytest.raises(UserError, match="no parameter 'treshold'") as error:
        build_config("rain", Rain, {}, None, {"treshold": 1})
    assert "'threshold'" in (error.value.hint or "")


def test_overrides_win_over_the_preset():
    presets = {"small": {"passes": 3, "threshold": 0.5}}
    made = build_config("rain", Rain, presets, "small", {"passes": 4})
    assert (made.threshold, made.passes) == (0.5, 4)


class Grown(Rain):
    shape: int | None = parameter(None, "A parameter that came later.", later=True)


def test_a_parameter_that_came_later_stands_in_a_record_only_where_it_is_set():
    """So that results from before it are those of its default."""
    assert Grown().model_dump(mode="json") == Rain().model_dump(mode="json")
    assert Grown(shape=3).model_dump(mode="json") == {**Rain().model_dump(mode="json"), "shape": 3}
    assert Grown.model_validate(Rain().model_dump()) == Grown()
