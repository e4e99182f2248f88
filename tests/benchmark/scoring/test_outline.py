"""The edge of a tile goes once around it, and data without places have none."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import xarray as xr

from downbench.scoring import frames
from downbench.scoring.frames import Frames
from downbench.scoring.outline import outlines_of


def sequence(lon, lat):
    return SimpleNamespace(
        static=xr.Dataset({"lon": (("tile", "y", "x"), lon), "lat": (("tile", "y", "x"), lat)})
    )


def test_the_edge_of_a_grid_is_a_closed_rectangle_in_few_points() -> None:
    lon, lat = np.meshgrid(np.linspace(3, 8, 60), np.linspace(50, 54, 40))
    (edge,) = outlines_of([sequence(lon[None], lat[None]), sequence(lon[None], lat[None])])
    points = np.array(edge)
    assert len(points) < 40
    assert (points.min(axis=0).tolist(), points.max(axis=0).tolist()) == ([3, 50], [8, 54])
    assert edge[0] == edge[-1]
    assert all(x in (3, 8) or y in (50, 54) for x, y in edge)
    x, y = points.T
    assert abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2 == 5 * 4  # the shoelace formula


def test_without_latitude_and_longitude_there_is_none() -> None:
    assert outlines_of([SimpleNamespace(static=xr.Dataset())]) == []
    assert outlines_of([sequence(np.full((1, 3, 3), np.nan), np.zeros((1, 3, 3)))]) == []


def test_train_and_validation_have_outlines_of_their_own_where_they_lie_elsewhere(monkeypatch) -> None:
    lon, lat = np.meshgrid(np.linspace(3, 8, 6), np.linspace(50, 54, 5))
    scored, elsewhere = sequence(lon[None], lat[None]), sequence(20 + lon[None], lat[None])
    splits = {"train": [elsewhere], "validation": [scored]}
    monkeypatch.setattr(frames, "open_split", lambda dataset, split: splits[split])
    made = SimpleNamespace(outlines=outlines_of([scored]), trained=None)
    assert Frames.other_outlines.func(made) == {"train": outlines_of([elsewhere])}
    made.outlines = []
    assert Frames.other_outlines.func(made) == {}
