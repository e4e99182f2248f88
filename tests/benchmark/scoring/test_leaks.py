"""Splits that share a frame are found, whatever its time is called; alike weather is no leak."""

from __future__ import annotations

from downbench.scoring.leaks import shared_frames
from downbench.scoring.likeness import in_other_units, misplaced
from downbench.testing.rain import moving_rain

ONE, OTHER = moving_rain(8, 0, start="2021-06-01"), moving_rain(8, 1, start="2021-07-01")
SAME_ELSEWHEN = moving_rain(8, 0, start="2021-08-01")


def test_splits_of_other_weather_share_nothing() -> None:
    assert shared_frames({"train": (ONE,), "validation": (OTHER,), "test": ()}) == ""


def test_the_same_frames_are_found_though_their_times_are_others() -> None:
    text = shared_frames({"train": (ONE,), "validation": (OTHER,), "test": (SAME_ELSEWHEN,)})
    assert "'seed-0' of 'train' is also" in text
    assert "of 'test'" in text


def test_frames_of_one_time_and_other_weather_are_no_leak() -> None:
    """As of splits by place or member."""
    assert shared_frames({"train": (ONE,), "test": (moving_rain(8, 5, start="2021-06-01"),)}) == ""


def test_dry_frames_are_alike_and_no_leak() -> None:
    from dataclasses import replace

    dry = [replace(one, coarse=one.coarse * 0) for one in (ONE, OTHER)]
    assert shared_frames({"train": dry[:1], "test": dry[1:]}) == ""


def test_fine_rain_that_is_turned_or_in_other_units_is_told() -> None:
    from dataclasses import replace

    assert misplaced((ONE,)) == ""
    assert in_other_units((ONE,)) == ""
    flipped = replace(ONE, fine=ONE.fine.copy(data=ONE.fine.to_numpy()[:, :, ::-1]))
    assert "y is flipped" in misplaced((flipped,))
    assert "kg m-2 s-1" in in_other_units((replace(ONE, fine=ONE.fine / 3600),))
