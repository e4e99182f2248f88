"""Whether a model has seen what it is scored on: places, times within the gap, and what is not known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from sequences import make_sequence

from downbench.models.overlap import find_overlap

HOUR = np.timedelta64(1, "h")


class Configuration(SimpleNamespace):
    """Parameters of a dataset."""

    def model_dump(self, mode):
        """All of them."""
        return vars(self)


def box(south, north, west, east):
    lat, lon = np.meshgrid(np.linspace(south, north, 8), np.linspace(west, east, 8), indexing="ij")
    return xr.Dataset({"lat": (("tile", "y", "x"), lat[None]), "lon": (("tile", "y", "x"), lon[None])})


def frames(start="2020-02-01", count=24, name="s", static=None, **dataset):
    """Scored frames of a dataset ``d`` with a gap of six hours."""
    settings = {"name": "d", "variant": "", "standin": False, "gap": 6 * HOUR, "config": Configuration()}
    made = SimpleNamespace(**{**settings, "fingerprint": lambda: "scored", **dataset})
    fine = np.zeros((count, 8, 8), np.float32)
    return SimpleNamespace(dataset=made, sequences=(make_sequence(fine, static, start=start, name=name),))


def card(first="2020-01-01T00:00:00", last="2020-01-31T23:00:00", name="s", where=None, **dataset):
    """A model that was fitted on January."""
    settings = {"name": "d", "variant": "", "standin": False, "configuration": {}, "label": "d"}
    made = SimpleNamespace(**{**settings, "fingerprint": "trained", **dataset})
    stretch = SimpleNamespace(name=name, record="", first=first, last=last)
    training = SimpleNamespace(sequences=[stretch] if first else [], box=where)
    return SimpleNamespace(dataset=made, training=training)


def verdict(model, scored):
    return find_overlap(model, scored).verdict


def test_the_same_data_have_splits_that_lie_apart():
    assert verdict(card(fingerprint="scored"), frames("2020-01-10")) == "none"


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2020-01-15T00", "overlap"),  # in the middle
        ("2020-02-01T00", "overlap"),  # one hour after the last frame
        ("2020-02-01T04", "overlap"),  # five hours after it
        ("2020-02-01T05", "none"),  # six hours: as far apart as splits are
        ("2019-12-30T18", "none"),  # ends seven hours before the first frame
        ("2019-12-30T20", "overlap"),  # ends five hours before it
    ],
)
def test_times_count_as_shared_within_the_gap(start, expected):
    assert verdict(card(), frames(start)) == expected


def test_places_that_are_known_and_lie_apart_share_nothing():
    scored = frames("2020-01-10", static=box(40, 50, 0, 10))
    assert verdict(card(where=[51.0, 60.0, 0.0, 10.0]), scored) == "none"
    assert verdict(card(where=[40.0, 50.0, 11.0, 20.0]), scored) == "none"
    assert verdict(card(where=[45.0, 60.0, 5.0, 20.0]), scored) == "overlap"
    assert verdict(card(where=None), scored) == "overlap"  # a place that is not known may be the same


def test_another_record_or_sequence_at_the_same_time_is_not_known():
    assert verdict(card(name="other"), frames("2020-01-10")) == "unknown"
    assert verdict(card(variant="radar"), frames("2020-01-10")) == "unknown"


@pytest.mark.parametrize(("seed", "expected"), [(0, "overlap"), (1, "unknown")])
def test_generated_data_overlap_only_if_the_generator_had_the_same_parameters(seed, expected):
    scored = frames("2020-01-10", standin=True, config=Configuration(seed=0))
    assert verdict(card(standin=True, configuration={"seed": seed}), scored) == expected


def test_weights_that_do_not_say_when_they_were_fitted():
    found = find_overlap(card(first=None), frames())
    assert found.verdict == "unknown"
    assert "do not say" in found.reason


def test_a_part_of_a_record_that_is_read_by_another_name_is_seen():
    scored = frames("2020-01-10", static=box(40, 50, 0, 10))
    for variant, expected in (("", "overlap"), ("a part of it", "overlap")):
        assert verdict(card(variant=variant, where=[45.0, 60.0, 5.0, 20.0]), scored) == expected
    other = card(name="elsewhere", where=[45.0, 60.0, 5.0, 20.0])
    other.dataset.name = "another"
    assert verdict(other, scored) == "unknown"


def test_places_across_greenwich_and_the_date_line():
    london = frames("2020-01-10", static=box(50, 52, -2, 2))
    assert verdict(card(where=[50.0, 52.0, 359.0, 361.0]), london) == "overlap"
    assert verdict(card(where=[50.0, 52.0, 3.0, 357.0]), london) == "none"
    assert verdict(card(where=[50.0, 52.0, 170.0, 190.0]), london) == "none"
    fiji = frames("2020-01-10", static=box(-20, -10, 170, 190))
    assert verdict(card(where=[-15.0, -12.0, -175.0, -170.0]), fiji) == "overlap"
