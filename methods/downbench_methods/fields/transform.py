"""Between physical fields and what networks see: normalisation, missing values, channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor

from downbench import Config, FieldSequence, UserError, block_mean
from downbench_methods.fields.at_once import MOST_CELLS, frames_at_once

Array = NDArray[np.float32]
FRAMES_AT_ONCE = 20  # that are read together
MOST_FRAMES = 200  # frames of a sequence that statistics are taken from
HEADROOM = 1.5  # how far predictions may go beyond the highest rain of these frames
PAPER_OFFSET = 1e-14  # kg m-2 s-1
ROUNDING = 1e-4  # of transformed rain: so far above dry, float32 may put what is dry


class Transform(Config):
    """Fitted normalisation of rain, other predictors and topography.

    ``log1p``: log(1 + rain / scale), linear below the scale and logarithmic above. ``log``: the paper's
    log(rain + 1e-14) in kg m-2 s-1, which gives most of its range to rain that nobody can measure.
    Both are then standardised by the mean and standard deviation of the fine training fields.
    """

    kind: Literal["log1p", "log"] = "log1p"
    scale: float = 0.1  # mm/h
    highest: float = 1000.0  # mm/h, somewhat above all rain in the training data
    rain: tuple[float, float] = (0.0, 1.0)  # mean and standard deviation of the transformed rain
    names: tuple[str, ...] = ()  # other predictors, in order
    fields: tuple[tuple[float, float], ...] = ()  # their means and standard deviations
    topography: tuple[float, float] | None = None  # the same in m, where there is topography
    missing: bool = False  # whether training data have gaps, so that a mask channel is needed

    @property
    def channels(self) -> int:
        """Coarse channels: precipitation, other predictors, topography, mask."""
        return 1 + len(self.names) + (self.topography is not None) + self.missing

    @property
    def relief_channel(self) -> int | None:
        """Position of the topography among the coarse channels."""
        return None if self.topography is None else 1 + len(self.names)

    def forward(self, rain: NDArray[Any]) -> Array:
        """Transform rain [mm/h]; NaN stays NaN."""
        return ((self._log(rain) - self.rain[0]) / self.rain[1]).astype(np.float32)

    def inverse(self, z: NDArray[Any]) -> Array:
        """Rain [mm/h], never negative, from transformed rain; what is dry is exactly zero."""
        return self.rate(torch.from_numpy(z)).numpy()

    def rate(self, z: Tensor) -> Tensor:
        """The same as :meth:`inverse` for tensors."""
        log = z.double() * self.rain[1] + self.rain[0]
        if self.kind == "log":
            rate = (log.exp() - PAPER_OFFSET) * 3600
        else:
            rate = log.expm1() * self.scale
        return torch.where(z <= self.dry + ROUNDING, 0.0, rate.clamp(min=0)).float()

    @property
    def dry(self) -> float:
        """What no rain is transformed to."""
        return float(self.forward(np.zeros(1))[0])

    @property
    def bounds(self) -> tuple[float, float]:
        """Least and greatest transformed rain that a prediction may have."""
        return self.dry, float(self.forward(np.array([self.highest]))[0])

    def _log(self, rain: NDArray[Any]) -> NDArray[Any]:
        if self.kind == "log":
            return np.log(rain.astype(np.float64) / 3600 + PAPER_OFFSET)
        return np.log1p(rain / self.scale)

    def coarse(self, fields: xr.Dataset, topography: Array | None) -> Array:
        """Stack coarse channels, gaps filled: (time, y, x) fields to (time, channels, y, x).

        Args:
            fields: predictors; precipitation in mm/h.
            topography: coarse, (y, x) in m.

        Raises:
            UserError: a predictor or the topography that the method was fitted with is missing.
        """
        absent = [name for name in ("precipitation", *self.names) if name not in fields]
        if absent:
            raise UserError(
                f"coarse fields lack {', '.join(absent)}, which the method was fitted with",
                f"they have: {', '.join(map(str, fields.data_vars))}",
            )
        stack = [self.forward(_values(fields["precipitation"]))]
        for name, (mean, std) in zip(self.names, self.fields, strict=True):
            stack.append((_values(fields[name]) - mean) / std)
        valid = np.isfinite(stack[0])
        for channel, empty in zip(stack, [self.dry, *[0.0] * len(self.names)], strict=True):
            valid = valid & np.isfinite(channel)
            channel[~np.isfinite(channel)] = empty
        if self.topography is not None:
            stack.append(np.broadcast_to(self.relief(topography), stack[0].shape))
        if self.missing:
            stack.append(valid.astype(np.float32))
        return np.stack(stack, 1, dtype=np.float32)

    def relief(self, topography: Array | None) -> Array:
        """Standardised topography; sea (NaN) is at zero metres."""
        if self.topography is None or topography is None:
            raise UserError("the static fields lack topography, which the method was fitted with")
        return ((np.nan_to_num(topography) - self.topography[0]) / self.topography[1]).astype(np.float32)


def _values(field: xr.DataArray) -> Array:
    return field.to_numpy().astype(np.float32)  # a copy: gaps are filled in place


def fit_transform(
    train: Sequence[FieldSequence], kind: Literal["log1p", "log"], scale: float, others: bool = True
) -> Transform:
    """Fit the normalisation on (at most 200 frames of each of) the training sequences.

    Args:
        others: whether other predictors than precipitation, and topography, are used.
    """
    names = tuple(str(name) for name in train[0].coarse.data_vars if others and name != "precipitation")
    plain = Transform(kind=kind, scale=scale)
    with_topography = others and all("topography" in sequence.static for sequence in train)
    moments: dict[str, list[NDArray[np.float64]]] = {name: [] for name in ("", "topography", *names)}
    missing, highest = False, 1.0
    for sequence in train:
        frames = np.unique(np.linspace(0, len(sequence.times) - 1, MOST_FRAMES).round().astype(int))
        # several frames a reading: what a lazy field costs is mostly the reading, not the frames
        together = frames_at_once(sequence.fine, FRAMES_AT_ONCE)
        for some in np.array_split(frames, -(-len(frames) // together)):
            for fine in sequence.fine.isel(time=some).to_numpy():
                moments[""].append(_moments(plain.forward(fine)))
                highest = max(highest, float(np.fmax.reduce(fine, axis=None)))
            coarse = sequence.coarse[["precipitation", *names]].isel(time=some + sequence.warmup).compute()
            missing |= any(bool(np.isnan(field).any()) for field in coarse.values())
            for name in names:
                moments[name] += [_moments(field) for field in coarse[name].to_numpy()]
        if with_topography:
            moments["topography"].append(_moments(np.nan_to_num(sequence.static["topography"].to_numpy())))
    return Transform(
        kind=kind,
        scale=scale,
        highest=HEADROOM * highest,
        rain=_mean_std(moments[""]),
        names=names,
        fields=tuple(_mean_std(moments[name]) for name in names),
        topography=_mean_std(moments["topography"]) if with_topography else None,
        missing=missing,
    )


def _moments(values: NDArray[Any]) -> NDArray[np.float64]:
    """Count, sum and sum of squares of valid values; of a large field piece by piece, as floats double it."""
    total = np.zeros(3)
    for piece in np.array_split(values.reshape(-1), -(-values.size // MOST_CELLS)):
        valid = piece[np.isfinite(piece)].astype(np.float64)
        total += [valid.size, valid.sum(), np.square(valid).sum()]
    return total


def _mean_std(moments: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    n, total, squares = np.sum(moments, axis=0)
    mean = total / max(n, 1)
    std = float(np.sqrt(max(squares / max(n, 1) - mean**2, 0)))
    return float(mean), std if std > 1e-6 * max(abs(mean), 1) else 1.0


def coarse_topography(static: xr.Dataset, factor: int) -> Array | None:
    """Block mean (..., y, x) of the fine topography [m], or None."""
    if "topography" not in static:
        return None
    return block_mean(np.nan_to_num(static["topography"].to_numpy()), factor).astype(np.float32)
