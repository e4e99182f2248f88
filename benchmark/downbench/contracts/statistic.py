"""What metrics give: additive statistics of a chunk, and what is worked out from their totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Statistic:
    """Additive array of one chunk; adding those of two chunks gives that of both.

    Args:
        values: (bin, region, ...), float64.
        per: what a bin is: a time ``"step"`` (scalars) or the dataset's time ``"bin"`` (histograms, spectra).
        name: set for standard statistics, which several metrics share and which are stored once.
    """

    values: NDArray[np.float64]
    per: Literal["step", "bin"]
    name: str = ""


@dataclass(frozen=True)
class Null:
    """Stands for a value that cannot be given, with the reason."""

    reason: str


@dataclass(frozen=True)
class Curve:
    """A curve for people, kept beside the values: a spectrum, quantiles, a rank histogram.

    Args:
        x: abscissa, (n,).
        series: label (``"truth"``, ``"ensemble"``) to ordinates, each (n,).
    """

    x: NDArray[np.float64]
    series: Mapping[str, NDArray[np.float64]]
    x_label: str
    y_label: str
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True)
class Totals:
    """A metric's statistics for one region and season, as its ``value`` gets them.

    ``totals["name"]`` is the sum over all bins; ``totals.bins["name"]`` has the bins on its first axis,
    all of them in memory, so what a value needs of single bins comes from :meth:`each`.
    ``members`` is the ensemble's size, ``info`` what the chunks say about the grid (see ``Chunk.info``).
    """

    bins: Mapping[str, NDArray[np.float64]]
    members: int
    info: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        return self.bins[name].sum(axis=0)

    def each(self, name: str, work: Callable[[NDArray[np.float64]], NDArray[Any]]) -> NDArray[Any]:
        """What ``work`` finds in each bin, (bin, ...).

        Args:
            name: of a statistic.
            work: from some bins (n, ...) to something small of each (n, ...). It sees a stretch of bins at a
                time, and once only for all resamples if it is a function of a module.
        """
        return work(self.bins[name])


Value = float | Null | Mapping[str, float | Null]
