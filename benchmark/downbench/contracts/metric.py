"""The metric contract: additive statistics of a chunk, and a value worked out from their totals."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from downbench.scoring.chunk import Chunk


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


class Metric(ABC):
    """A metric; plug-in authors subclass this.

    ``needs = "ensemble"``: null for deterministic methods and single members. ``past``: frames before a frame
    that ``statistics`` looks at (``chunk.with_past``). ``regional = False``: works on whole tiles, so it has
    no value for a region other than ``all``. ``fair = False``: compared at equal numbers of members only.
    """

    name: str
    unit: ClassVar[str] = "mm/h"
    direction: ClassVar[Literal["lower", "higher", "zero", "none"]] = "lower"
    range: ClassVar[tuple[float, float]] = (0.0, float("inf"))
    needs: ClassVar[Literal["ensemble", "deterministic"]] = "deterministic"
    past: ClassVar[int] = 0
    regional: ClassVar[bool] = True
    fair: ClassVar[bool] = True  # its expectation does not depend on the number of members
    version: ClassVar[int] = 1  # raise it when values change: it is part of the score key
    definition: ClassVar[str] = ""
    reference: ClassVar[str] = ""
    headline: ClassVar[str] = ""  # component that a leaderboard shows first, if there are several

    @abstractmethod
    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Work out additive statistics, best with ``chunk.sum``, ``.histogram`` and ``.spectrum``."""

    @abstractmethod
    def value(self, totals: Totals) -> Value:
        """One number, a :class:`Null` with its reason, or a mapping from component to either."""

    def curve(self, totals: Totals) -> Curve | None:
        """A curve worth showing, if there is one."""
        return None
