"""Rain of a store in the suite's form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from downbench import (
    NEGATIVE_LIMIT,
    RAIN_LIMIT,
    convert_precipitation,
    mask_values,
    said_units,
    to_mm_per_hour,
)
from downbench_datasets.shared.axes import canonical
from downbench_datasets.shared.times import with_times

MOST_NOISE = -1.0  # mm/h; nobody may call more than that noise


@dataclass(frozen=True)
class RainLimits:
    """What counts as rain.

    Args:
        missing: values, in a variable's own units, that mean missing although it does not declare them.
        limit: mm/h above which a value counts as missing data that was not declared.
        option: the one that says a setting's name and value, for messages; none where they are no settings.
        negative: mm/h; what lies between it and zero is noise and becomes zero.
    """

    missing: tuple[float, ...] = ()
    limit: float = RAIN_LIMIT
    option: Callable[[str, Any], str] | None = None
    negative: float = NEGATIVE_LIMIT


def remedy_of_noise(limits: RainLimits) -> Callable[[float], str]:
    """What somebody can do about a rate [mm/h] that is hardly below zero; empty where there is nothing."""

    def remedy(rate: float) -> str:
        if limits.option is None or rate < MOST_NOISE:
            return ""
        return (
            "if it is noise of packing, differences or interpolation: "
            f"{limits.option('negative', f'{_outward(rate):g}')} makes it zero; "
        )

    return remedy


def _outward(rate: float) -> float:
    """A number of one digit below a negative rate, by more than single precision rounds."""
    size = -rate * (1 + 1e-6)
    digits = -math.floor(math.log10(size))
    return max(MOST_NOISE, -math.ceil(size * 10**digits) / 10**digits)


def remedy_for(limits: RainLimits, units: str, name: str = "the variable") -> Callable[[float], str]:
    """What somebody can do about an impossible value, said when it is met, in the units of the file."""

    def remedy(value: float) -> str:
        if not math.isfinite(value):
            return f"look for a division by zero or an overflow where {name} was made, and write NaN there"
        if limits.option is None:
            return f"check {name} and its units {units!r}, and whether {value:.6g} marks missing values"
        declared = [f"{known:g}" for known in limits.missing]
        values = ",".join([*declared, f"{value:.6g}"])
        asked = f"[{values}]" if declared else values
        raised = f"; or raise the limit with {limits.option('limit', 'MM_PER_HOUR')}" if value > 0 else ""
        return (
            f"if {value:.6g} {units} marks missing values that {name} does not declare: "
            f"{limits.option('missing', asked)}; else check the variable and its units{raised}"
        )

    return remedy


def rain_of(source: xr.Dataset, name: str, where: str, limits: RainLimits) -> xr.DataArray:
    """Rain in mm/h, float32 with all four dims, cleaned when it is read.

    Args:
        source: with times undecoded.
        name: of the variable.
        where: it stands, for messages.
        limits: of what counts as rain.

    Raises:
        UserError: unknown units; dims or times that cannot be made out.
    """
    variable = source[name]
    units = said_units(variable.attrs)
    factor = to_mm_per_hour(units, f"{where}, variable {name!r}")
    field = mask_values(with_times(canonical(variable, where), source, where), limits.missing)

    remedy = remedy_for(limits, units, repr(name))
    rain = convert_precipitation(
        field.astype(np.float32), factor, where, limits.limit, remedy, lowest=limits.negative
    )
    return rain.assign_attrs(units="mm h-1").rename("precipitation")
