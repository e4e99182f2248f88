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
