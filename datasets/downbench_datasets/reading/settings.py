"""What somebody can say about files that do not say it themselves."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, FiniteFloat, field_validator

from downbench import NEGATIVE_LIMIT, RAIN_LIMIT, Config, parameter
from downbench_datasets.shared.rain import MOST_NOISE, RainLimits

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
OWNER = "files"  # whose settings messages name: ``--set files.missing=-9999``


class ReadingConfig(Config):
    """How files are read; what is left out is made out from the files, or refused where it cannot be."""

    variable: str | None = parameter(
        None, "Name of the precipitation variable, where several could be it; A+B is the sum of two."
    )
    group: str | None = parameter(None, "Group of an HDF5 or NetCDF file that holds the rain: /Grid.")
    select: dict[str, int | float | str] = parameter(
        {}, "Entries of further dims, such as {number: 0}: by label, or by index where there are none."
    )
    members: str | None = parameter(
        None, "Dim of ensemble members, such as number: each is read as a tile of its own, of one place."
    )
    units: str | None = parameter(None, "Units in place of those that the files name: mm/day, dBZ.")
    amount: Literal["step", "total"] | None = parameter(
        None, "Whether amounts are those of a time step, or running totals."
    )
    reset: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = parameter(
        None, "Hours after which running totals begin anew, counted from 00 UTC; 0 for never.", "h"
    )
    stamp: Literal["start", "middle", "end"] | None = parameter(
        None, "Where in its interval a time stands, in files without bounds of time."
    )
    zr: tuple[Positive, Positive] | None = parameter(
        None, "a and b of Z = a R^b, which turns reflectivity in dBZ into rain: [200, 1.6]."
    )
    missing: tuple[FiniteFloat, ...] = parameter(
        (),
        "Values that mark missing cells and are not declared by the file: -9999, or [-3, -1].",
        "units of the file",
    )
    limit: float = parameter(RAIN_LIMIT, "Rain above it is refused as missing data.", "mm/h", gt=0)

    negative: float = parameter(
        NEGATIVE_LIMIT,
        "Rain from it up to zero is noise of packing, differences or interpolation and becomes zero; rain "
        "below it is refused.",
        "mm/h",
        ge=MOST_NOISE,
        le=0,
    )

    @field_validator("missing", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return value if isinstance(value, list | tuple) else (value,)

    @property
    def limits(self) -> RainLimits:
        """What counts as rain."""
        of_coarse = _COARSE.get()  # now, since values are read later
        return RainLimits(
            self.missing, self.limit, lambda name, value: _option(name, value, of_coarse), self.negative
        )


_COARSE: ContextVar[ReadingConfig | None] = ContextVar("coarse", default=None)


@contextmanager
def coarse_files(config: ReadingConfig) -> Iterator[None]:
    """Messages are about files of coarse rain, which have settings of their own.

    Args:
        config: what has been said of them, which stays said in an option that says more.
    """
    token = _COARSE.set(config)
    try:
        yield
    finally:
        _COARSE.reset(token)


def option(name: str, value: Any) -> str:
    """The option that says so: ``--set files.amount=step``.

    Of files of coarse rain: ``--set 'files.coarse_reading={amount: step}'``.
    """
    return _option(name, value, _COARSE.get())


def _option(name: str, value: Any, of_coarse: ReadingConfig | None) -> str:
    if of_coarse is not None:
        said = of_coarse.model_dump(exclude_unset=True, exclude={name}, mode="json")
        parts = [
            yaml.safe_dump({key: known}, default_flow_style=True, width=10_000) for key, known in said.items()
        ]
        joined = ", ".join([*(part.strip()[1:-1] for part in parts), f"{name}: {value}"])
        return f"--set {shlex.quote(f'{OWNER}.coarse_reading={{{joined}}}')}"
    text = str(value)
    return f"--set {OWNER}.{name}={text}" if " " not in text else f"--set '{OWNER}.{name}={text}'"
