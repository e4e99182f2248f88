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


def test_a_slow_beginning_is_forgotten(now):
    """A minute until the first step, and ten steps a second after it."""
    clock = Clock()
    clock.left(0, 10_000)
    now[0] = 160.0
    assert clock.left(1, 10_000) is None  # a step in ten thousand says nothing of the rest
    for second in range(1, 201):
        now[0] = 160.0 + second
        left = clock.left(10 * second, 10_000)
    assert left == pytest.approx(800)


def test_the_pace_of_today_counts_more_than_that_of_the_beginning(now):
    clock = Clock()
    clock.left(0, 1000)
    for second in range(1, 101):
        now[0] = 100.0 + second
        clock.left(second, 1000)
    for second in range(1, 201):
        now[0] = 200.0 + second
        left = clock.left(100 + 2 * second, 1000)
    assert left == pytest.approx(250)


def test_few_marks_are_kept(now):
    clock = Clock()
    for second in range(20_000):
        now[0] = 100.0 + second
        clock.left(second, 20_000)
    assert clock.left(19_999, 20_000) == pytest.approx(1)
    assert len(clock._marks) <= 60
