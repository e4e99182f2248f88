"""What somebody asks of the splits of a record: periods, boxes and tiles, as settings."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

Longitude = Annotated[float, Field(ge=-360, le=360)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Box = tuple[Longitude, Latitude, Longitude, Latitude]


class SplitSpec(BaseModel):
    """Where and when a split is; what is left out is the whole.

    Args:
        period: ``FROM/TO``, dates that both count, or several of them: ``2010/2017``, ``2018-01-10/2018-06``.
        box: west, south, east and north [degrees]; of coarse cells, those whose centre lies in it.
        tiles: numbers of tiles, counted from 0.
        members: numbers of members, counted from 0, where files have some (``files.members``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    period: tuple[str, ...] = ()
    box: Box | None = None
    tiles: tuple[Annotated[int, Field(ge=0)], ...] = ()
    members: tuple[Annotated[int, Field(ge=0)], ...] = ()

    @field_validator("period", "tiles", "members", mode="before")
    @classmethod
    def _several(cls, value: Any, info: ValidationInfo) -> Any:
        several = tuple(value) if isinstance(value, list | tuple) else (value,)
        return tuple(map(str, several)) if info.field_name == "period" else several  # a bare year is a number


class SplitsSpec(BaseModel):
    """The three splits; one that is left out is empty, as of data that are only scored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: SplitSpec | None = None
    validation: SplitSpec | None = None
    test: SplitSpec
