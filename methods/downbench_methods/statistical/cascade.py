"""Multiplicative random cascade with log-normal, intermittent weights that conserve mass block by block.

Schertzer and Lovejoy 1987 (doi:10.1029/JD092iD08p09693); Gupta and Waymire 1993; beta-lognormal weights with
parameters by scale and rain rate: Over and Gupta 1996 (doi:10.1029/96JD02033). Here the weights are divided
by their sum in each parent (a microcanonical cascade), and lean towards the wetter neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pydantic import Field

from downbench import Config as _Config
from downbench import (
    FieldSequence,
    FitContext,
    Method,
    SampleContext,
    UserError,
    block_mean,
    fill_nearest,
    upsample,
)
from downbench_methods.statistical.archive import spread_frames
from downbench_methods.statistical.cascade_weights import Weights, examples, fit_weights

FRAMES_AT_ONCE = 16


class CascadeConfig(_Config):
    """Parameters of ``lognormal-cascade``."""

    classes: int = Field(10, ge=1)  # of the parent's rain, at each scale
    neighbours: bool = True  # whether weights depend on the rain around the parent
    wet: float = Field(0.02, ge=0)  # mm/h below which a fine cell counts as dry in the fit
    frames: int | None = Field(None, ge=1)  # training frames that are used, evenly spread; None: all
    parents: int = Field(1_000_000, ge=1000)  # at each scale at most


def branchings(factor: int) -> list[int]:
    """Children along an edge at each scale, from coarse to fine: the prime factors of ``factor``."""
    found, left = [], factor
    for prime in range(2, factor + 1):
        while left % prime == 0:
            found.append(prime)
            left //= prime
    return found


class LognormalCascade(Method):
    """Coarse rain divided among children, and theirs, down to the fine grid."""

    Config: ClassVar[type[_Config]] = CascadeConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {"frames": 20, "parents": 10_000},
        "tiny": {"frames": 200, "parents": 200_000},
        "small": {"frames": 1000},
        "paper": {"neighbours": False},
    }
    scales: list[Weights]

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Fit the weights of each scale.

        Raises:
            UserError: there is no rain in the training data.
        """
        random = np.random.default_rng(context.seed)
        divisions = branchings(context.factor)
        frames = spread_frames(train, self.config.frames)
        total = sum(map(len, frames)) * train[0].fine.sizes["tile"]
        found: list[list[tuple[NDArray[Any], ...]]] = [[] for _ in divisions]
        done = 0
        for sequence, chosen in zip(train, frames, strict=True):
            for start in range(0, len(chosen), FRAMES_AT_ONCE):
                part = sequence.fine.isel(time=chosen[start : start + FRAMES_AT_ONCE]).to_numpy()
                fine = part.reshape(-1, *part.shape[2:]).astype(np.float32)
                share = self.config.parents * len(fine) / total
                fine[fine < self.config.wet] = 0
                for level in reversed(range(len(divisions))):
                    got = examples(fine, divisions[level])
                    kept = random.permutation(len(got[0]))[: int(np.ceil(share))]
                    found[level].append(tuple(array[kept] for array in got))
                    fine = block_mean(fine, divisions[level])
                done += len(fine)
                context.progress(done, total, "")
        if not sum(len(got[0]) for got in found[-1]):
            raise UserError("lognormal-cascade: no rain in the training split")
        self.scales = []
        for parts in found:
            parents, children, x = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
            x = x if self.config.neighbours else np.zeros_like(x)
            self.scales.append(fit_weights(parents, children, x, self.config.classes))

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield (member, time, y, x) in mm/h, frame by frame."""
        times = coarse["time"].to_numpy()
        area = static["area"].to_numpy() if "area" in static else None
        for t in range(context.start, len(times)):
            now = times[t : t + 1]
            rain = coarse["precipitation"].isel(time=slice(t, t + 1)).to_numpy().astype(np.float32)
            start = np.maximum(np.nan_to_num(fill_nearest(rain)), 0)
            fine = np.broadcast_to(start, (members, *start.shape))
            for level, (b, weights) in enumerate(zip(branchings(context.factor), self.scales, strict=True)):
                shape = (2 * b * b + 1, *fine.shape[-2:])
                fine = weights.divide(fine, b, context.normal(members, now, shape, f"cascade-{level}"))
            if area is not None:  # weights of unequal cells
                held = block_mean(fine, context.factor, area)
                fine = fine * upsample(start / np.maximum(held, 1e-12), context.factor, "nearest")
            yield xr.DataArray(fine, dims=("member", "time", "y", "x"), coords={"time": now})

    def inputs(self) -> tuple[str, ...]:
        """Precipitation is enough."""
        return ("precipitation",)

    def save(self, directory: Path) -> None:
        """Write the configuration and the weights."""
        super().save(directory)
        arrays = {f"{i}-{name}": value for i, w in enumerate(self.scales) for name, value in vars(w).items()}
        np.savez(directory / "weights.npz", **arrays)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore it."""
        method = super().load(directory)
        assert isinstance(method, cls)
        with np.load(directory / "weights.npz", allow_pickle=False) as arrays:
            scales = 1 + max(int(key.split("-")[0]) for key in arrays)
            fields = Weights.__dataclass_fields__
            method.scales = [Weights(**{f: arrays[f"{i}-{f}"] for f in fields}) for i in range(scales)]
        return method
