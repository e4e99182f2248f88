"""The metric contract: additive statistics of a chunk, and a value worked out from their totals."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal

from downbench.contracts.chunk import Chunk
from downbench.contracts.statistic import Curve, Statistic, Totals, Value


class Metric(ABC):
    """A metric; plug-in authors subclass this.

    ``needs = "ensemble"``: null for deterministic methods and single members. ``past``: frames before a frame
    that ``statistics`` looks at (``chunk.with_past``). ``regional = False``: works on whole tiles, so it has
    no value for a region other than ``all``. ``neighbours = True``: looks at cells beside a cell or at the
    coarse rain, so that it has no value at stations; ``regional = False`` implies it.
    ``fair = False``: compared at equal numbers of members only. ``no_interval``: why its values cannot be
    resampled (they hang on the order of time bins, say); they then have no interval.
    """

    name: str
    unit: ClassVar[str] = "mm/h"
    direction: ClassVar[Literal["lower", "higher", "zero", "none"]] = "lower"
    range: ClassVar[tuple[float, float]] = (0.0, float("inf"))
    needs: ClassVar[Literal["ensemble", "deterministic"]] = "deterministic"
    past: ClassVar[int] = 0
    regional: ClassVar[bool] = True
    neighbours: ClassVar[bool] = False
    fair: ClassVar[bool] = True  # its expectation does not depend on the number of members
    version: ClassVar[int] = 1  # raise it when values change: it is part of the score key
    definition: ClassVar[str] = ""
    reference: ClassVar[str] = ""
    no_interval: ClassVar[str] = ""  # empty: its values are resampled
    headline: ClassVar[str] = ""  # component that a leaderboard shows first, if there are several

    @abstractmethod
    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Work out additive statistics, best with ``chunk.sum``, ``.histogram`` and ``.spectrum``."""

    @abstractmethod
    def value(self, totals: Totals) -> Value:
        """One number, a :class:`Null` with its reason, or a mapping from component to either."""

    def at_points(self) -> bool:
        """Whether it has a value at places without neighbours and coarse rain, such as stations."""
        return self.regional and not self.neighbours

    def curve(self, totals: Totals) -> Curve | None:
        """A curve worth showing, if there is one."""
        return None
