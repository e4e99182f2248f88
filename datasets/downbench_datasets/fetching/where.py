"""Where the data of a card are: files, patterns, zarr groups, here or at an address."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from downbench import UserError

MOST_FILES = 200_000
_TIME = re.compile(r"\{(time|end)(?::([^{}]+))?\}")
_FIELD = re.compile(r"\{([^{}:]*)(?::[^{}]*)?\}")


class Times(BaseModel):
    """The times that a pattern of names runs through."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    start: datetime = Field(alias="from", description="First time, UTC, as 2010-08-26T00:00.")
    end: datetime = Field(alias="to", description="Last time, UTC; it counts too.")
    every: str = Field(description="Step between files, such as 5min, 1h, 1D or 1MS (months).")

    def all(self) -> list[datetime]:
        """All times, the last one included.

        Raises:
            UserError: the step is no duration, the end lies before the start, or there are too many.
        """
        if self.end < self.start:
            raise UserError(f"data.times: {self.end} lies before {self.start}", "exchange from and to")
        span = self.end - self.start
        if span / (self.after(self.start) - self.start) > MOST_FILES:
            raise UserError(f"data.times: more than {MOST_FILES:,} files", "choose a shorter period")
        return [time.to_pydatetime() for time in pd.date_range(self.start, self.end, freq=self._offset)]

    def after(self, time: datetime) -> datetime:
        """The time that follows."""
        return (pd.Timestamp(time) + self._offset).to_pydatetime()

    @property
    def _offset(self) -> Any:
        try:
            return pd.tseries.frequencies.to_offset(self.every)
        except ValueError:
            raise UserError(
                f"data.times.every: {self.every!r} is no step", "write 5min, 1h, 1D or 1MS"
            ) from None


class Where(BaseModel):
    """Where the data are."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str = Field(
        default="",
        description="File, folder, zarr group or pattern such as rain/*.nc, relative to the card's folder.",
    )
    url: str = Field(
        default="",
        description="The same at an address: https://, s3:// or gs:// (anonymous), or what fsspec has.",
    )
    files: tuple[str, ...] = Field(
        default=(),
        description="Files or zarr groups below path or url, patterns too; none is path or url itself.",
    )
    times: Times | None = Field(
        default=None,
        description="Times that fill {time:%Y%m%d} in names; {end:%Y%m%d} is a second before the next.",
    )
    variables: tuple[str, ...] = Field(
        default=(), description="Of a zarr group at an address: the variables to fetch; none is all."
    )
    retries: int = Field(default=5, ge=0, le=100, description="How often a failed request is tried again.")
    timeout: float = Field(default=60, gt=0, description="Seconds that a request may stand still.")
    options: dict[str, Any] = Field(
        default_factory=dict, description="Further options of the fsspec file system, such as endpoint_url."
    )

    @field_validator("files", "variables", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_both(self) -> Where:
        if bool(self.path) and bool(self.url):
            raise ValueError("give either path or url")
        names = [self.path, self.url, *self.files]
        fields = {name for text in names for name in _FIELD.findall(text)}
        if strange := sorted(fields - {"time", "end"}):
            raise ValueError(f"names know {{time:...}} and {{end:...}}, and not {{{strange[0]}}}")
        if fields and self.times is None:
            raise ValueError("{time} in a name needs times with from, to and every")
        return self

    @property
    def is_remote(self) -> bool:
        """Whether the data are at an address."""
        return "://" in self.url

    @property
    def base(self) -> str:
        """The path or address that ``files`` are below."""
        return self.url or self.path

    def names(self) -> list[str]:
        """Names below the base with their times filled in; an empty one is the base itself."""
        return [name for pattern in (self.files or ("",)) for name in _fill(pattern, self.times)]


def _fill(pattern: str, times: Times | None) -> list[str]:
    if times is None or not _TIME.search(pattern):
        return [pattern]
    return list(dict.fromkeys(_TIME.sub(partial(_text, time, times), pattern) for time in times.all()))


def _text(time: datetime, times: Times, match: re.Match[str]) -> str:
    moment = time if match[1] == "time" else times.after(time) - timedelta(seconds=1)
    return moment.strftime(match[2]) if match[2] else moment.isoformat(timespec="seconds")
