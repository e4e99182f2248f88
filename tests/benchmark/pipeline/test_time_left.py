"""How much is left, at the pace so far."""

from __future__ import annotations

import pytest

from downbench.pipeline import time_left as module
from downbench.pipeline.time_left import Clock, phrase, span


@pytest.fixture
def now(monkeypatch):
    """Seconds on the clock, to be set."""
    seconds = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds[0])
    return seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (40, "40 s"), (100, "2 min"), (3600, "60 min"), (12000, "3 h 20 min"), (90000, "25 h")],
)
def test_a_span_is_a_few_letters(seconds, words):
    assert span(seconds) == words


def test_an_even_pace_gives_the_rest(now):
    clock = Clock()
    assert clock.left(0, 10) is None
    now[0] = 110.0
    assert clock.left(2, 10) == pytest.approx(40)
    now[0] = 120.0
    assert clock.left(4, 10) == pytest.approx(30)
    assert phrase(clock, 4, 10) == "4 of 10, 30 s left"


def test_what_stood_there_at_first_does_not_count(now):
    clock = Clock()
    now[0] = 160.0  # a minute of loading
    clock.left(500, 1000)
    now[0] = 170.0
    assert clock.left(600, 1000) == pytest.approx(40)


def test_without_a_pace_it_says_how_long_it_took_so_far(now):
    clock = Clock()
    now[0] = 300.0
    assert phrase(clock, 0, 0) == "3 min so far"
    assert phrase(clock, 3, 10) == "3 of 10, 3 min so far"


def test_counting_anew_begins_a_new_pace(now):
    clock = Clock()
    clock.left(0, 10)
    now[0] = 110.0
    clock.left(10, 10)
    clock.left(0, 4)  # the next tile
    now[0] = 114.0
    assert clock.left(1, 4) is not None
