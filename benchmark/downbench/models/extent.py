"""When and where sequences are: what two sets of data may have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from downbench.contracts.dataset import FieldSequence
from downbench.store.record_parts import Part

Box = list[float]  # south, north, west and east [degrees]; east is never less than west


class Stretch(Part):
    """A sequence of training or validation data."""

    name: str = Field(description="Name of the sequence")
    record: str = Field(default="", description="Name of the record that it is a stretch of")
    first: str = Field(description="Time of its first frame, UTC")
    last: str = Field(description="Time of its last frame, UTC")


class Extent(Part):
    """When and where sequences are."""

    sequences: list[Stretch] = Field(description="The sequences that have frames")
    box: list[float] | None = Field(description="South, north, west and east, if they are known [degrees]")


def extent(sequences: Iterable[FieldSequence]) -> Extent:
    """When and where sequences are: names with first and last time, and a box in degrees if it is known."""
    sequences = tuple(sequences)
    places = {id(s.static): s.static for s in sequences}.values()
    box = None
    if places and all("lat" in static and "lon" in static for static in places):
        lat, lon = (np.concatenate([s[name].to_numpy().ravel() for s in places]) for name in ("lat", "lon"))
        box = [float(np.nanmin(lat)), float(np.nanmax(lat)), *_arc(lon)]
    stretches = [
        Stretch(name=s.name, record=s.record or s.name, first=_text(s.times[0]), last=_text(s.times[-1]))
        for s in sequences
        if len(s.times)
    ]
    return Extent(sequences=stretches, box=box)


def _arc(longitudes: NDArray[Any]) -> tuple[float, float]:
    """West and east: the shorter of the arcs that do not cross the meridian of 0 or of 180 degrees."""
    ways = (longitudes % 360, (longitudes + 180) % 360 - 180)
    arcs = [(float(np.nanmin(way)), float(np.nanmax(way))) for way in ways]
    return min(arcs, key=lambda arc: arc[1] - arc[0])


def _text(time: np.datetime64) -> str:
    return str(time.astype("datetime64[s]"))
