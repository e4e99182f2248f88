"""Example frames become images on one scale, and damage to them is named."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench_leaderboard.maps.frames import LARGEST_SIDE, MEMBERS_SHOWN, read_maps
from downbench_leaderboard.maps.images import data_uri, rain_png


def test_the_scale_ends_above_the_truth_whatever_a_method_made_of_it(make):
    examples = make.examples(0, size=32)
    heaviest = float(examples["truth"].max())
    maps = read_maps(examples)
    assert maps.top >= heaviest
    wild = examples.assign(members=examples["members"] * 100)
    assert read_maps(wild).top == maps.top
    assert [frame.truth for frame in read_maps(wild).frames] == [frame.truth for frame in maps.frames]


def test_images_are_those_of_the_fields(make):
    examples = make.examples(0, size=32, members=2)
    maps = read_maps(examples.transpose(..., "time", "member"))  # dims in any order
    frame = maps.frames[1]
    assert frame.truth == data_uri(rain_png(examples["truth"].to_numpy()[1], maps.top))
    assert frame.coarse == data_uri(rain_png(examples["coarse"].to_numpy()[1], maps.top))
    assert frame.members[1] == data_uri(rain_png(examples["members"].to_numpy()[1, 1], maps.top))
    assert (frame.time, maps.tile) == ("2020-12-01 12:00", "2")


def test_the_moment_is_the_frame_with_most_rain_in_the_truth(make):
    examples = make.examples(0, size=32)
    means = np.nanmean(examples["truth"].to_numpy(), axis=(1, 2))
    maps, wettest = read_maps(examples), int(means.argmax())
    assert maps.moment.truth == maps.frames[wettest].truth
    assert maps.moment.member == maps.frames[wettest].members[0]
    assert maps.frames[wettest].mean == pytest.approx(means.max(), rel=1e-6)
    other = read_maps(make.examples(1, size=32)).moment
    assert other.member != maps.moment.member
    assert other.key == maps.moment.key  # the same truth at the same time


def test_the_moment_of_a_large_field_is_small(make):
    examples = make.examples(0, size=264, members=1)
    moment = read_maps(examples).moment
    assert len(moment.truth) < len(read_maps(examples).frames[0].truth) / 2


def island(make, rows=slice(24, 33), columns=slice(17, 24)):
    """Three frames of 64 x 64 fine and 8 x 8 coarse cells with values on an island alone."""
    examples = make.examples(0, size=64, members=2)
    truth, inside = examples["truth"].to_numpy(), np.zeros((64, 64), bool)
    inside[rows, columns] = True
    examples["truth"] = (("time", "y", "x"), np.where(inside, np.nan_to_num(truth) + 1, np.nan))
    return examples


def test_the_moment_is_cropped_to_where_values_are_in_all_its_pictures(make):
    """Fine rows 24 to 32 lie in coarse rows 3 and 4, columns 17 to 23 in coarse column 2; one more around."""
    examples = island(make)
    maps = read_maps(examples)
    wettest = next(i for i, frame in enumerate(maps.frames) if frame.time == maps.moment.time)
    fine, coarse = (slice(16, 48), slice(8, 32)), (slice(2, 6), slice(1, 4))
    for shown, name, part in (
        (maps.moment.truth, "truth", fine),
        (maps.moment.coarse, "coarse", coarse),
    ):
        assert shown == data_uri(rain_png(examples[name].to_numpy()[wettest][part], maps.top))
    member = examples["members"].to_numpy()[0, wettest][fine]
    assert maps.moment.member == data_uri(rain_png(member, maps.top))
    assert maps.moment.share == pytest.approx(9 * 7 / 64**2)
    assert maps.moment.frames == 3


def test_the_moment_is_whole_where_values_reach_the_edges_or_cells_do_not_fit(make):
    corners = make.examples(0, size=64)
    assert read_maps(corners).moment.truth in [frame.truth for frame in read_maps(corners).frames]
    odd = island(make).isel(y=slice(63))  # 63 rows are no multiple of 8
    assert read_maps(odd).moment.truth in [frame.truth for frame in read_maps(odd).frames]
    edge = island(make, slice(0, 8), slice(56, 64))
    first, last = read_maps(edge).moment, edge["truth"].to_numpy()
    cut = [data_uri(rain_png(field[:16, 48:], read_maps(edge).top)) for field in last]
    assert first.truth in cut


def test_a_frame_without_any_value_has_no_rain(make):
    examples = make.examples(0, size=32)
    examples["truth"][0] = np.nan
    frame = read_maps(examples).frames[0]
    assert (frame.mean, frame.heaviest) == (0.0, 0.0)


def test_large_fields_are_shown_as_block_means(make):
    """1,040 cells are shown as means of 3 x 3, 347 of them; the last row and column fall away."""
    examples = make.examples(0, size=1040, members=1).isel(time=[0])
    maps = read_maps(examples)
    assert maps.shrunk == 3
    assert -(-1040 // maps.shrunk) <= LARGEST_SIDE
    truth = examples["truth"].to_numpy()[0, :1038, :1038].reshape(346, 3, 346, 3).mean(axis=(1, 3))
    assert maps.frames[0].truth == data_uri(rain_png(truth, maps.top))


def test_so_many_members_and_no_more_are_shown(make):
    examples = make.examples(0, size=16, members=MEMBERS_SHOWN + 3)
    assert len(read_maps(examples).frames[0].members) == MEMBERS_SHOWN


def test_no_frames_are_an_error_with_a_reason(make):
    with pytest.raises(ValueError, match="no example frames"):
        read_maps(make.examples(0, size=16).isel(time=slice(0)))
    with pytest.raises(KeyError, match="truth"):
        read_maps(xr.Dataset())
