"""Example frames of a run as images: coarse, truth and members on one colour scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from downbench import calendar_of, date_text
from downbench_leaderboard.maps.images import data_uri, rain_png, scale_top, ticks
from downbench_leaderboard.maps.moment import Moment

if TYPE_CHECKING:
    import xarray as xr

MEMBERS_SHOWN = 4
MOMENT_SIDE = 128  # pixels of the moment that a board shows
LARGEST_SIDE = 512  # pixels; larger fields are shown as block means


@dataclass(frozen=True)
class Frame:
    """One time step; images are ``data:`` addresses."""

    time: str
    coarse: str
    truth: str
    members: list[str]
    heaviest: float  # mm/h, of the truth
    mean: float  # mm/h, of the truth
    shape: tuple[int, int]


@dataclass(frozen=True)
class Maps:
    """The example frames of a run with the legend of their scale."""

    frames: list[Frame]
    tile: str
    moment: Moment
    top: float  # mm/h at the end of the scale
    shrunk: int  # 1, or how many cells a shown pixel is wide

    @property
    def ticks(self) -> list[tuple[str, float]]:
        """Labels and places (0 to 1) of the legend."""
        return ticks(self.top)


def read_maps(examples: xr.Dataset) -> Maps:
    """Render ``coarse`` (time, Y, X), ``truth`` (time, y, x) and ``members`` (member, time, y, x), in mm/h.

    The scale ends above the truth's maximum, so that it is the same for every method; heavier rain in a
    member gets the last colour.
    """
    truth = examples["truth"].transpose("time", ...).to_numpy()
    coarse = examples["coarse"].transpose("time", ...).to_numpy()
    members = examples["members"].transpose("member", "time", ...).to_numpy()[:MEMBERS_SHOWN]
    step = max(1, -(-max(truth.shape[1:]) // LARGEST_SIDE))
    top = scale_top(max(_largest(truth), 1.0))
    calendar = calendar_of(examples["time"])
    frames = [
        Frame(
            time=date_text(time, calendar)[:16].replace("T", " "),
            coarse=_image(coarse[i], top, 1),
            truth=_image(truth[i], top, step),
            members=[_image(member[i], top, step) for member in members],
            heaviest=_largest(truth[i]),
            mean=float(np.nanmean(truth[i])) if np.isfinite(truth[i]).any() else 0.0,
            shape=truth.shape[1:],
        )
        for i, time in enumerate(examples["time"].to_numpy())
    ]
    if not frames:
        raise ValueError("there are no example frames")
    wettest = max(range(len(frames)), key=lambda i: frames[i].mean)
    tile = str(examples.attrs.get("tile", ""))
    moment = _moment(frames, wettest, tile, coarse[wettest], truth[wettest], members[:, wettest], top)
    return Maps(frames, tile, moment, top, step)


def _moment(
    frames: list[Frame], number: int, tile: str, coarse: NDArray, truth: NDArray, members: NDArray, top: float
) -> Moment:
    """One of the frames again, cropped to where values are, with pixels as large as a small picture needs."""
    frame, (part, coarse_part) = frames[number], _with_values(truth, coarse)
    shown, shown_coarse = truth[part], coarse[coarse_part]
    step = max(1, -(-max(shown.shape) // MOMENT_SIDE))
    if step == 1 and shown.shape == truth.shape:
        small = [frame.truth, *frame.members[:1]]
    else:
        small = [_image(field, top, step) for field in (shown, *(member[part] for member in members[:1]))]
    return Moment(
        time=frame.time,
        tile=tile,
        coarse=_image(shown_coarse, top, max(1, -(-max(shown_coarse.shape) // MOMENT_SIDE))),
        truth=small[0],
        member=small[1] if len(small) > 1 else "",
        heaviest=frame.heaviest,
        top=top,
        share=float(np.isfinite(truth).mean()),
        frames=len(frames),
    )


def _with_values(truth: NDArray, coarse: NDArray) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """The box of all fine cells with a value and one coarse cell around it, in fine and in coarse cells.

    All of both where there is no value, or where coarse cells do not consist of whole fine cells.
    """
    whole = (slice(None), slice(None))
    rows = np.argwhere(np.isfinite(truth))
    if not rows.size or any(fine % part for fine, part in zip(truth.shape, coarse.shape, strict=True)):
        return whole, whole
    factors = np.array(truth.shape) // coarse.shape
    first = np.maximum(rows.min(axis=0) // factors - 1, 0)
    last = np.minimum(rows.max(axis=0) // factors + 2, coarse.shape)
    fine = tuple(slice(a * n, b * n) for a, b, n in zip(first, last, factors, strict=True))
    return fine, tuple(slice(a, b) for a, b in zip(first, last, strict=True))


def _largest(field: NDArray) -> float:
    finite = field[np.isfinite(field)]
    return float(finite.max()) if finite.size else 0.0


def _image(field: NDArray, top: float, step: int) -> str:
    if step > 1:
        rows, columns = (size // step * step for size in field.shape)
        blocks = field[:rows, :columns].reshape(rows // step, step, columns // step, step)
        field = blocks.mean(axis=(1, 3))
    return data_uri(rain_png(field, top))
