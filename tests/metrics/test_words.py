"""Every metric stands in the room of its question, and is explained in plain words."""

from __future__ import annotations

import re

from downbench_metrics import (
    amounts,
    climate,
    downbench_metrics,
    extremes,
    mass,
    motion,
    overall,
    spread,
    texture,
)

ROOMS = (overall, spread, extremes, amounts, texture, motion, climate, mass)


def test_each_room_lists_what_stands_in_it_and_nothing_is_left_out() -> None:
    for room in ROOMS:
        for info in room.METRICS:
            assert info.target.startswith(f"{room.__name__}."), info.name
    names = [info.name for room in ROOMS for info in room.METRICS]
    assert sorted(names) == sorted(info.name for info in downbench_metrics())


def test_every_metric_says_what_it_means_and_how_it_misleads() -> None:
    for info in downbench_metrics():
        assert len({info.plain, info.pitfall}) == 2
        assert all(re.fullmatch(r"[A-Z].{30,240}[.?]", text) for text in (info.plain, info.pitfall)), (
            info.name
        )
