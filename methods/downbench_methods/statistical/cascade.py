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
from numpy.typing import NDArray

from downbench import (
    FieldSequence,
    FitContext,
    SampleContext,
    UserError,
    block_mean,
    fill_nearest,
    parameter,
    upsample,
)
from downbench_methods.base.fit_finishing import fit_finishing
from downbench_methods.base.sampling import Part, Tile, TileMethod
from downbench_methods.fields.at_once import frames_at_once
from downbench_methods.fields.finishing import FINISHING, FinishingConfig
from downbench_methods.statistical.archive import spread_frames
from downbench_methods.statistical.cascade_weights import Weights, examples, fit_weights

FRAMES_AT_ONCE = 16


class CascadeConfig(FinishingConfig):
    """Parameters of ``lognormal-cascade``."""

    classes: int = parameter(10, "Classes of the parent's rain, at each scale.", ge=1)
    neighbours: bool = parameter(True, "Whether weights depend on the rain around the parent.")
    wet: float = parameter(0.02, "Rain below which a fine cell counts as dry in the fit.", "mm/h", ge=0)
    frames: int | None = parameter(
        None, "Training frames that are used, evenly spread; none takes all.", "frames", ge=1
    )
    parents: int = parameter(1_000_000, "Parents that are used at each scale at most.", ge=1000)


def branchings(factor: int) -> list[int]:
    """Children along an edge at each scale, from coarse to fine: the prime factors of ``factor``."""
    primes, left = [], factor
    for prime in range(2, factor + 1):
        while left % prime == 0:
            primes.append(prime)
            left //= prime
    return primes


class LognormalCascade(TileMethod[CascadeConfig]):
    """Coarse rain divided among children, and theirs, down to the fine grid."""

    Config = CascadeConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {**FINISHING["smoke"], "frames": 20, "parents": 10_000},
        "tiny": {**FINISHING["tiny"], "frames": 200, "parents": 200_000},
        "small": {**FINISHING["small"], "frames": 1000},
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
        taken: list[list[tuple[NDArray[Any], ...]]] = [[] for _ in divisions]
        done = 0
        for sequence, chosen in zip(train, frames, strict=True):
            together = frames_at_once(sequence.fine, FRAMES_AT_ONCE)
            for start in range(0, len(chosen), together):
                part = sequence.fine.isel(time=chosen[start : start + together]).to_numpy()
                fine = part.reshape(-1, *part.shape[2:]).astype(np.float32)
                share = self.config.parents * len(fine) / total
                fine[fine < self.config.wet] = 0
                for level in reversed(range(len(divisions))):
                    got = examples(fine, divisions[level])
                    kept = random.permutation(len(got[0]))[: int(np.ceil(share))]
                    taken[level].append(tuple(array[kept] for array in got))
                    fine = block_mean(fine, divisions[level])
                done += len(fine)
                context.progress(done, total, "")
        if not sum(len(got[0]) for got in taken[-1]):
            raise UserError("lognormal-cascade: no rain in the training split")
        self.scales = []
        for parts in taken:
            parents, children, x = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
            x = x if self.config.neighbours else np.zeros_like(x)
            self.scales.append(fit_weights(parents, children, x, self.config.classes))
        self.finisher = fit_finishing(self, train, context)

    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Make the rain of one frame at a time; missing cells count as their nearest neighbours."""
        divisions, (height, width) = branchings(context.factor), tile.rain.shape[1:]
        noise = []
        for level, b in enumerate(divisions):
            shape = (2 * b * b + 1, height, width)
            noise.append(self.noise_in_time(tile, members, shape, context, f"cascade-{level}"))
            height, width = height * b, width * b
        for t in range(context.start, len(tile.times)):
            rain = tile.rain[t : t + 1].astype(np.float32)
            start = np.maximum(np.nan_to_num(fill_nearest(rain)), 0)
            fine = np.broadcast_to(start, (members, *start.shape))
            for b, weights, lasting in zip(divisions, self.scales, noise, strict=True):
                fine = weights.divide(fine, b, lasting.take([t]))
            if tile.area is not None:  # weights of unequal cells
                held = block_mean(fine, context.factor, tile.area)
                fine = fine * upsample(start / np.maximum(held, 1e-12), context.factor, "nearest")
            yield range(t, t + 1), fine

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
        with np.load(directory / "weights.npz", allow_pickle=False) as arrays:
            scales = 1 + max(int(key.split("-")[0]) for key in arrays)
            fields = Weights.__dataclass_fields__
            method.scales = [Weights(**{f: arrays[f"{i}-{f}"] for f in fields}) for i in range(scales)]
        return method
