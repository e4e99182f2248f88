"""What ``bench data prepare`` makes of a record: cut, quality control, block means, rounding."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from downbench_datasets.fetching.cut import Cut

Box = tuple[float, float, float, float]
_SPAN = Annotated[tuple[int, int], Field(description="First and last index; the last one does not count.")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Mask(_Strict):
    """A box that is set to missing."""

    box: Box = Field(description="West, south, east, north [degrees].")
    times: tuple[datetime, ...] = Field(default=(), description="Only at these times, UTC; none is always.")


class Recipe(_Strict):
    """Steps in the order in which they are taken."""

    start: datetime | None = Field(default=None, alias="from", description="First time, UTC.")
    end: datetime | None = Field(default=None, alias="to", description="Last time, UTC; it counts too.")
    box: Box | None = Field(default=None, description="West, south, east, north [degrees] that are kept.")
    missing_above: float | None = Field(
        default=None, gt=0, description="Rain above it becomes missing [mm/h]."
    )
    dry_below: float | None = Field(default=None, gt=0, description="Rain below it becomes zero [mm/h].")
    masks: tuple[Mask, ...] = Field(default=(), description="Boxes that become missing.")
    coarsen: int = Field(default=1, ge=1, le=1000, description="Side of the blocks that means are taken of.")
    least_valid: float = Field(
        default=0.5, gt=0, le=1, description="Share of a block that must be valid; else its mean is missing."
    )
    north_first: bool = Field(
        default=True, description="Turn the rows so that the first is the northernmost."
    )
    rows: _SPAN | None = Field(default=None, description="Rows kept of the coarsened grid: [first, end].")
    columns: _SPAN | None = Field(
        default=None, description="Columns kept of the coarsened grid: [first, end]."
    )
    hours: int | None = Field(
        default=None,
        ge=2,
        le=24,
        description="Means over so many hours, from whole multiples of them on, UTC.",
    )
    bits: int | None = Field(
        default=None,
        ge=4,
        le=23,
        description="Bits of the mantissa that values are rounded to; 10 is 0.05 %.",
    )

    @model_validator(mode="before")
    @classmethod
    def _lists(cls, data: Any) -> Any:
        return data if data is not None else {}

    @property
    def cut(self) -> Cut:
        """The period and the box."""
        if (self.start is None) != (self.end is None):
            first, last = self.start or datetime.min.replace(year=1), self.end or datetime(9999, 1, 1)
        else:
            first, last = self.start, self.end  # type: ignore[assignment]
        period = None if first is None else (np.datetime64(first, "s"), np.datetime64(last, "s"))
        return Cut(period, self.box)
