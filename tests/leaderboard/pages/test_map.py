"""Places on the map of a dataset, and bars of its splits in time."""

from __future__ import annotations

import re

import pytest

from downbench_leaderboard.pages.map import WIDTH, draw_map, draw_times

HOLLAND = [(3.0, 50.0), (8.0, 50.0), (8.0, 54.0), (3.0, 54.0), (3.0, 50.0)]
FIJI = [(175.0, -20.0), (-178.0, -20.0), (-178.0, -15.0), (175.0, -15.0), (175.0, -20.0)]


def points(path):
    return [tuple(map(float, pair)) for pair in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path)]


def test_a_degree_is_as_wide_as_it_is_high_and_the_graticule_is_labelled():
    drawing = draw_map([HOLLAND])
    (path,) = drawing.tiles
    (west, south), _, (east, north), *_ = points(path)
    assert (east - west) / (south - north) == pytest.approx(5 / 4, rel=1e-3)
    lines = {text: x for x, text in drawing.meridians}
    assert lines["3°E"] == pytest.approx(west, abs=0.1)
    assert lines["8°E"] == pytest.approx(east, abs=0.1)
    assert {text: y for y, text in drawing.parallels}["54°N"] == pytest.approx(north, abs=0.1)
    assert drawing.words == "50°N to 54°N, 3°E to 8°E"


def test_a_tile_on_the_date_line_is_one_piece():
    drawing = draw_map([FIJI])
    (path,) = drawing.tiles
    assert path.count("M") == 1
    xs = [x for x, _ in points(path)]
    assert 0 < min(xs) < max(xs) < WIDTH
    assert drawing.words.endswith("175°E to 178°W")


def test_the_map_holds_the_places_of_all_splits():
    east = [(x + 20, y) for x, y in HOLLAND]
    drawing = draw_map([HOLLAND], {"train": [east], "validation": []})
    assert list(drawing.others) == ["train"]
    (scored,), (learned,) = drawing.tiles, drawing.others["train"]
    degree = drawing.meridians[1][0] - drawing.meridians[0][0]
    step = int(drawing.meridians[1][1][:-2]) - int(drawing.meridians[0][1][:-2])
    shift = points(learned)[0][0] - points(scored)[0][0]
    assert shift == pytest.approx(20 * degree / step, rel=1e-2)
    assert all(0 < x < WIDTH for x, _ in points(learned))
    assert drawing.words == draw_map([HOLLAND]).words


def test_there_is_no_map_without_places():
    assert draw_map([]) is None
    assert draw_map([[(None, None)] * 5]) is None


def test_splits_lie_in_time_as_their_dates_say():
    bars = draw_times(
        {
            "train": "60 time steps, 2020-01-01 00:00 to 2020-03-01 00:00 UTC",
            "test": "30 time steps, 2020-03-31 to 2020-04-30",
            "odd": "all of the year, 30 February included: 2020-02-30 to 2020-03-01",
            "bare": "whatever the files hold",
        }
    )
    assert [bar.name for bar in bars] == ["train", "test"]
    assert (bars[0].start, bars[0].width) == (0, pytest.approx(WIDTH / 2))
    assert bars[1].start == pytest.approx(WIDTH * 0.75)
    assert bars[1].start + bars[1].width == pytest.approx(WIDTH)
    assert draw_times({"train": "whatever"}) == []
