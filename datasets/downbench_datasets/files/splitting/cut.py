"""From what is asked of the splits to their parts: by regions, by tiles, or as somebody says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import SPLITS, UserError, block_mean, calendar_of, date_limits, date_text
from downbench_datasets.files.splitting.parts import Part, Run, set_apart
from downbench_datasets.files.splitting.spec import Box, SplitSpec, SplitsSpec

VALIDATION, TEST = 0.08, 0.2  # shares of rows, columns or tiles
SPACE_GAP = 2  # coarse cells between two regions


@dataclass(frozen=True)
class Whole:
    """The record that is cut.

    Args:
        times: of its coarse frames.
        calendar: of these.
        tiles: how many there are.
        size: coarse cells in y and x.
        lat: latitude of coarse cells (tile, y, x) [degrees], if it is known.
        lon: longitude of them.
        where: it stands, for messages.
        unit: what a tile is: ``tile``, or ``member`` of an ensemble.
    """

    times: NDArray[np.datetime64]
    calendar: str
    tiles: int
    size: tuple[int, int]
    lat: NDArray[np.floating] | None
    lon: NDArray[np.floating] | None
    where: str
    unit: str = "tile"

    @property
    def part(self) -> Part:
        """All of it."""
        return Part(((0, len(self.times)),), tuple(range(self.tiles)), (0, self.size[0]), (0, self.size[1]))


def cut_in_space(whole: Whole, how: Literal["region", "tile"]) -> dict[str, Part]:
    """Cut a record into regions along the longer side of its domain, or into tiles.

    The first 72 % are train, the last 20 % test, and validation lies between them; two coarse cells are left
    out between regions.

    Raises:
        UserError: it is too small for three.
    """
    if how == "tile":
        if whole.tiles < 3:
            raise UserError(
                f"{whole.where}: {whole.tiles} {whole.unit}{'s' * (whole.tiles > 1)} cannot be three splits",
                "--set files.split=region cuts one tile into regions",
            )
        runs = _thirds(whole.tiles, 0)
        return {split: replace(whole.part, tiles=tuple(range(*runs[split]))) for split in SPLITS}
    side = int(whole.size[1] > whole.size[0])
    if whole.size[side] < 3 + 2 * SPACE_GAP:
        raise UserError(
            f"{whole.where}: {whole.size[side]} coarse cells are too few for three regions with gaps",
            "cut it in time: --set files.split=time",
        )
    runs = _thirds(whole.size[side], SPACE_GAP)
    if side:
        return {split: replace(whole.part, columns=runs[split]) for split in SPLITS}
    return {split: replace(whole.part, rows=runs[split]) for split in SPLITS}


def _thirds(count: int, gap: int) -> dict[str, Run]:
    """Train, validation and test of so many cells, with a gap before and after validation."""
    test = max(1, round(TEST * count))
    validation = max(1, round(VALIDATION * count))
    first = count - test - gap - validation
    train = (0, first - gap)
    return {"train": train, "validation": (first, first + validation), "test": (count - test, count)}


def cut_as_asked(whole: Whole, asked: SplitsSpec, gap: int) -> dict[str, Part]:
    """Cut a record as somebody says, with a gap in time between splits that share a place.

    Args:
        whole: the record.
        asked: periods, boxes and tiles.
        gap: in coarse frames.

    Raises:
        UserError: no date, no such tile, nothing in a period or box, or two splits that share a frame of a
            cell.
    """
    specs: Mapping[str, SplitSpec | None] = {split: getattr(asked, split) for split in SPLITS}
    parts = {split: _part(whole, split, spec) for split, spec in specs.items() if spec is not None}
    return set_apart(parts, gap, whole.where)


def _part(whole: Whole, split: str, spec: SplitSpec) -> Part:
    what = f"{whole.where}: {split}"
    part = whole.part
    if spec.period:
        part = replace(part, frames=tuple(sorted(_frames(whole, split, text) for text in spec.period)))
    if spec.members and whole.unit != "member":
        raise UserError(
            f"{what} has members, but the files have none", "say their dim: --set files.members=DIM"
        )
    if tiles := (*spec.tiles, *spec.members):
        if max(tiles) >= whole.tiles:
            raise UserError(
                f"{what}: there is no {whole.unit} {max(tiles)}", f"there are {whole.tiles}, from 0 on"
            )
        part = replace(part, tiles=tuple(sorted(set(tiles))))
    if spec.box is not None:
        rows, columns = _inside(whole, part.tiles, spec.box, what)
        part = replace(part, rows=rows, columns=columns)
    return part


def _frames(whole: Whole, split: str, text: str) -> Run:
    """Frames of a period ``FROM/TO``, both included."""
    ends = [end.strip() for end in text.split("/")]
    what = f"{whole.where}: the period of {split},"
    if len(ends) > 2:
        raise UserError(f"{what} {text!r}, is none", "write FROM/TO, such as 2010/2017-06")
    first, _ = date_limits(what, ends[0], whole.calendar)
    _, after = date_limits(what, ends[-1], whole.calendar)
    run = int(np.searchsorted(whole.times, first)), int(np.searchsorted(whole.times, after))
    if run[0] >= run[1]:
        known = [date_text(whole.times[i], whole.calendar) for i in (0, -1)]
        raise UserError(f"{what} {text!r}, has no frames", f"the record has {known[0]} to {known[1]}")
    return run


def _inside(whole: Whole, tiles: tuple[int, ...], box: Box, what: str) -> tuple[Run, Run]:
    """Rows and columns of the rectangle of coarse cells whose centres lie in a box."""
    if whole.lat is None or whole.lon is None:
        raise UserError(f"{what} has a box, but latitude and longitude are not known", "leave the box out")
    west, south, east, north = box
    lat, lon = whole.lat[list(tiles)], whole.lon[list(tiles)]
    inside = (lat >= south) & (lat <= north) & ((lon - west) % 360 <= (east - west) % 360 + 1e-9)
    if not inside.any():
        raise UserError(
            f"{what}: no coarse cell has its centre in the box {box}", "write west, south, east, north"
        )
    rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in ((0, 2), (0, 1)))
    return (int(rows[0]), int(rows[-1]) + 1), (int(columns[0]), int(columns[-1]) + 1)


def whole_of(
    rain: xr.DataArray,
    times: xr.DataArray,
    static: xr.Dataset,
    factor: int,
    where: str,
    unit: str = "tile",
) -> Whole:
    """What is cut.

    Args:
        rain: fine (time, tile, y, x).
        times: of coarse frames.
        static: fine static fields.
        factor: fine cells along the edge of a coarse cell.
        where: the rain stands, for messages.
        unit: what a tile is.
    """
    size = (rain.sizes["y"] // factor, rain.sizes["x"] // factor)
    lat = lon = None
    if "lat" in static and "lon" in static:
        fine = [
            static[name].transpose("tile", "y", "x").to_numpy().astype(np.float64) for name in ("lat", "lon")
        ]
        lat, east, north = (block_mean(f, factor) for f in (fine[0], *_directions(fine[1])))
        lon = np.rad2deg(np.arctan2(north, east))
    return Whole(times.to_numpy(), calendar_of(times), rain.sizes["tile"], size, lat, lon, where, unit)


def _directions(longitude: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cosine and sine, whose means know no date line."""
    return np.cos(np.deg2rad(longitude)), np.sin(np.deg2rad(longitude))
