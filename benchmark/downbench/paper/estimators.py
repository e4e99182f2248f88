"""The paper's estimators: pooled over cells, times and members without weights, in kg m-2 s-1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from downbench.scoring.chunk import TileChunk
from downbench.scoring.kernels.histogram import COUNT, histogram_quantile, histogram_wasserstein

SECONDS: Final = 3600.0  # 1 kg m-2 s-1 is 3,600 mm/h
LEVEL: Final = 0.99999
LAGS: Final = (1, 2, 4, 8, 16)  # cells
FEW: Final = 100  # true values beyond a quantile, below which it hangs on a few cells


@dataclass(frozen=True)
class Estimates:
    """What the paper reports of a method; None where nothing can be worked out.

    Args:
        members: of the ensemble.
        values: cells and times that were scored.
        beyond: true values above the 99.999 % quantile.
        crps: E|X - y| - 1/2 E|X - X'| over all m^2 pairs of members [kg m-2 s-1]; not fair: it falls as
            members are added.
        mse: mean square of each member less the truth [(kg m-2 s-1)2].
        mse_of_mean: that of the ensemble mean [(kg m-2 s-1)2]; the paper does not say which of both it has.
        emd: Wasserstein-1 distance of all values of the members and all true ones [kg m-2 s-1].
        pe: absolute difference of their 99.999 % quantiles [kg m-2 s-1].
        covariance_error: mean over lags of 1, 2, 4, 8, 16 cells and over members of the absolute difference
            of covariances in space [(kg m-2 s-1)2]. The paper's SAE is not normalised, as this is not, but
            its formula is unpublished: the two are not the same quantity.
    """

    members: int
    values: int
    beyond: float
    crps: float | None
    mse: float | None
    mse_of_mean: float | None
    emd: float | None
    pe: float | None
    covariance_error: float | None


@dataclass(frozen=True)
class PaperSums:
    """Additive statistics of chunks, from which :class:`Estimates` follow.

    Args:
        members: of the ensemble.
        count: scored cells.
        errors: sums over cells of unfair CRPS [mm/h], square error of members and of their mean [(mm/h)2].
        histograms: of truth and members (2, 3, bin).
        pairs: sums over pairs in space (lag, 1 + member, 6), the truth first.
    """

    members: int
    count: int
    errors: NDArray[np.float64]
    histograms: NDArray[np.float64]
    pairs: NDArray[np.float64]

    @classmethod
    def of(cls, chunk: TileChunk) -> Self:
        """Sums over a chunk whose grid has areas of one."""
        truth, members = chunk.truth, chunk.members
        use, m = chunk.mask, len(members)
        distance = np.zeros(truth.shape)
        square = np.zeros(truth.shape)
        for member in members:
            error = member.astype(np.float64) - truth
            distance += np.abs(error) / m
            square += error**2 / m
        crps = distance - (distance - chunk.crps) * (m - 1) / m  # half the spread over m(m-1) pairs, to m^2
        of_mean = (chunk.mean.astype(np.float64) - truth) ** 2
        errors = np.array([field[use].sum() for field in (crps, square, of_mean)])
        both = [chunk.histogram(which).values.sum(axis=(0, 1)) for which in ("truth", "ensemble")]
        return cls(m, int(use.sum()), errors, np.stack(both), _pairs(chunk))

    def __add__(self, other: PaperSums) -> PaperSums:
        """Sums over both."""
        return PaperSums(
            self.members,
            self.count + other.count,
            self.errors + other.errors,
            self.histograms + other.histograms,
            self.pairs + other.pairs,
        )

    def estimates(self) -> Estimates:
        """Values of all that was added."""
        if not self.count:
            return Estimates(self.members, 0, 0, None, None, None, None, None, None)
        truth, members = self.histograms
        crps, mse, mse_of_mean = self.errors / self.count
        quantiles = [float(histogram_quantile(one, np.array([LEVEL]))[0]) for one in (members, truth)]
        return Estimates(
            members=self.members,
            values=self.count,
            beyond=float(truth[COUNT].sum() * (1 - LEVEL)),
            crps=float(crps) / SECONDS,
            mse=float(mse) / SECONDS**2,
            mse_of_mean=float(mse_of_mean) / SECONDS**2,
            emd=histogram_wasserstein(truth, members) / SECONDS,
            pe=abs(quantiles[0] - quantiles[1]) / SECONDS,
            covariance_error=_covariance_error(self.pairs),
        )


def _pairs(chunk: TileChunk) -> NDArray[np.float64]:
    """Sums over pairs down and right together (lag, 1 + member, 6); none at places without neighbours."""
    if chunk.grid.points:
        return np.zeros((len(LAGS), 1 + len(chunk.members), 6))
    return np.stack(
        [
            np.concatenate(
                [
                    sum(chunk.pairs(which, lag).values.sum(axis=(0, 1)) for lag in ((0, h, 0), (0, 0, h)))
                    for which in ("truth", "ensemble")
                ]
            )
            for h in LAGS
        ]
    )


def _covariance_error(pairs: NDArray[np.float64]) -> float | None:
    there = pairs[pairs[:, 0, 0] > 0]
    if not len(there):
        return None
    w, a, b, _, _, ab = np.moveaxis(there, -1, 0)
    covariance = (ab / w - a * b / w**2) / SECONDS**2
    return float(np.abs(covariance[:, 1:] - covariance[:, :1]).mean())
