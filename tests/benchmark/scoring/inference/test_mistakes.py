"""Values that show a mistake in a metric are told once for each metric; values and reasons are not."""

from __future__ import annotations

import warnings

from scoring_metrics import Toy

from downbench import DownbenchWarning, Null
from downbench.scoring.inference.mistakes import Mistake, tell_mistakes


class Bounded(Toy):
    range = (0.0, 1.0)


def told(values):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DownbenchWarning)
        tell_mistakes({"mine": Bounded()}, {"mine": values})
    return [str(one.message) for one in caught]


def test_values_and_reasons_are_no_mistakes():
    assert told({"a": 0.0, "b": 1.0 + 1e-9, "c": Null("no rain")}) == []


def test_a_value_outside_the_range_is_told_with_its_component_and_line():
    [text] = told({"a": 0.5, "b": -0.25, "c": 7.0})
    assert "metric 'mine': the value of its component 'b' is -0.25, outside its range 0 to 1" in text
    assert "scoring_metrics.py:" in text


def test_a_value_that_could_not_be_worked_out_is_told_with_its_reason():
    [text] = told({"": Mistake("metric 'mine' failed: KeyError: 'eror' (mine.py:9 in value)")})
    assert "KeyError: 'eror' (mine.py:9 in value)" in text
    assert "bench check mine" in text
