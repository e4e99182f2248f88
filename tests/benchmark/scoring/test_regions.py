"""Regions of the user's: boxes, polygons and masks against plain definitions, and clear messages."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from globe import globe
from hypothesis import given, settings
from hypothesis import strategies as st

from downbench import UserError
from downbench.plugins import descriptions as info
from downbench.scoring import regions
from downbench.scoring.kernels.polygons import inside_polygons
from downbench.scoring.regions import box_mask, parse_region


def cells(mask, static):
    """The cells in a mask, as (lat, lon in 0..360)."""
    chosen = mask.values
    return set(zip(static["lat"].values[chosen], static["lon"].values[chosen] % 360, strict=True))


@pytest.mark.parametrize("first", [-179.0, 1.0])
def test_boxes_in_both_conventions(first):
    static = globe(first)
    plain = {(lat, lon) for lat in range(33, 43, 2) for lon in range(235, 247, 2)}
    assert cells(box_mask(static, -125, 32, -114, 42), static) == plain
    assert cells(box_mask(static, 235, 32, 246, 42), static) == plain


@pytest.mark.parametrize("box", [(170, -10, -170, 10), (170, -10, 190, 10)])
def test_a_box_over_the_date_line(box):
    static = globe()
    found = {lon for _, lon in cells(box_mask(static, *box), static)}
    assert found == set(range(171, 190, 2))


@pytest.mark.parametrize("box", [(-180, -90, 180, 90), (0, -90, 360, 90)])
def test_a_box_around_the_globe(box):
    assert box_mask(globe(), *box).all()


def point_in_polygon(x, y, ring):
    """Winding number: another way than crossings."""
    turns = 0.0
    for (x0, y0), (x1, y1) in pairwise(ring):
        a, b = np.arctan2(y0 - y, x0 - x), np.arctan2(y1 - y, x1 - x)
        turns += (b - a + np.pi) % (2 * np.pi) - np.pi
    return abs(turns) > np.pi


@settings(deadline=None)  # the first call compiles
@given(
    st.lists(st.floats(0.2, 1.0), min_size=3, max_size=12),
    st.floats(-180, 179),
    st.lists(st.tuples(st.floats(-40, 40), st.floats(-40, 40)), min_size=1, max_size=20),
)
def test_stars_against_winding_numbers(radii, centre, points):
    """Polygons that are seen whole from their centre, also over the date line."""
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    reach = 30 * np.array(radii)
    corners = np.stack([centre + reach * np.cos(angles), reach * np.sin(angles)], axis=1)
    ring = np.concatenate([corners, corners[:1]])
    x, y = np.array(points).T
    x = x + centre
    edge = np.array([_distance(px, py, ring) < 1e-6 for px, py in zip(x, y, strict=True)])
    want = [point_in_polygon(px, py, ring) for px, py in zip(x, y, strict=True)]
    for turned in (x % 360, (x + 180) % 360 - 180):
        got = inside_polygons(turned, y, [[ring]])
        np.testing.assert_array_equal(got[~edge], np.array(want)[~edge])


def _distance(x, y, ring):
    """To the nearest edge."""
    start, end = ring[:-1], ring[1:]
    along = end - start
    share = ((np.array([x, y]) - start) * along).sum(1) / np.maximum((along**2).sum(1), 1e-30)
    return np.hypot(*(start + share.clip(0, 1)[:, None] * along - [x, y]).T).min()


def square(west, south, east, north):
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def test_geojson_with_a_hole_and_several_parts(tmp_path):
    geometry = {
        "type": "MultiPolygon",
        "coordinates": [
            [square(0, 0, 20, 20), square(4, 4, 10, 10)],
            [square(170, -20, 190, 0)],
        ],
    }
    content = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": geometry}]}
    path = tmp_path / "two.geojson"
    path.write_text(json.dumps(content))
    static = globe()
    found = cells(parse_region(f"two={path}").mask(static, static["lat"].shape), static)
    plain = {(a, o) for a in range(1, 20, 2) for o in range(1, 20, 2)}
    plain -= {(a, o) for a in range(5, 10, 2) for o in range(5, 10, 2)}
    plain |= {(a, o) for a in range(-19, 0, 2) for o in range(171, 190, 2)}
    assert found == plain


def test_an_empty_region_and_a_grid_without_coordinates():
    static = globe().isel(y=slice(0, 10))
    with pytest.raises(UserError, match=r"'far' .* holds no cell of the scored grid"):
        parse_region("far=0,-80,10,-70").mask(static, static["lat"].shape)
    with pytest.raises(UserError, match="the dataset has no lat and lon of its cells"):
        parse_region("far=0,-80,10,-70").mask(xr.Dataset(), (1, 8, 8))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("california", "is not a region"),
        ("Big One=0,0,1,1", "region name 'Big One' is not allowed"),
        ("a=0,0,1", "neither four numbers nor a file"),
        ("a=0,0,1,1,1", "neither four numbers nor a file"),
        ("a=0,5,1,1", "is not a box in degrees"),
        ("a=0,-91,1,1", "is not a box in degrees"),
        ("a=-200,0,1,1", "is not a box in degrees"),
        ("a=0,0,1,1-2", "is not four numbers"),
        ("a=nowhere.nc", "cannot be read: No such file"),
        ("a=points.geojson", "is not GeoJSON"),
        ("a=line.geojson", "is not GeoJSON"),
        ("a=flat.geojson", "has no polygon"),
    ],
)
def test_malformed_regions(tmp_path, monkeypatch, text, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.geojson").write_text("[1, 2]")
    line = {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}
    (tmp_path / "line.geojson").write_text(json.dumps(line))
    flat = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}
    (tmp_path / "flat.geojson").write_text(json.dumps(flat))
    with pytest.raises(UserError, match=message):
        parse_region(text)


def test_names_are_checked_as_those_of_plugins():
    assert regions._NAME.pattern == info._NAME.pattern


def test_content_makes_the_key(tmp_path):
    path = tmp_path / "m.geojson"
    digests = []
    for east in (1, 2):
        path.write_text(json.dumps({"type": "Polygon", "coordinates": [square(0, 0, east, 1)]}))
        digests.append(parse_region(f"a={path}").digest)
    assert digests[0] != digests[1]
    assert parse_region("a=0,0,1,1").digest == parse_region("a=0.0, 0, 1,1").digest
