"""Running totals that begin anew now and then: told from amounts by their fall, and turned into amounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

_RISING = 0.01  # share of wet cells that fall, up to which a field counts as risen everywhere
_FALLEN = 0.3  # from which it counts as begun anew
_TOLERANCE = 1e-4  # of the largest value: rounding of packed totals
_MOST, _FEW = 0.45, 0.35  # share of rising fields above which they are totals, below which they are not
_EVIDENCE = 3  # fields that can be told anything by
_AGAINST = 0.25  # share of the resets of a rule that may look otherwise
_DAY = 86400


@dataclass(frozen=True)
class Look:
    """What a stretch of fields looks like.

    Args:
        kind: ``total``, ``step``, or None where it cannot be told.
        resets: frames that begin anew, in seconds of their times.
        risen: frames in which nothing fell, likewise.
        tolerance: fall of a value that is rounding, in its units.
        rising: share of the fields in which nothing falls.
    """

    kind: str | None
    resets: NDArray[np.int64]
    risen: NDArray[np.int64]
    tolerance: float
    rising: float


def look_at(values: NDArray[np.float32], seconds: NDArray[np.int64]) -> Look:
    """Look at a stretch of consecutive fields: totals rise everywhere, but where they begin anew.

    Args:
        values: (time, ...), in units of an amount.
        seconds: their times.
    """
    flat = values.reshape(len(values), -1)
    peak = float(np.nanmax(flat, initial=0.0))
    tolerance = _TOLERANCE * peak
    before, now = flat[:-1], flat[1:]
    with np.errstate(invalid="ignore"):
        wet = (before > tolerance) & np.isfinite(now)
        falls = (wet & (now < before - tolerance)).sum(1)
        changes = (np.abs(now - before) > tolerance).any(1)
    informative = wet.any(1) & changes
    share = falls[informative] / wet.sum(1)[informative]
    stamps = seconds[1:][informative]
    rising = float((share <= _RISING).mean()) if len(share) >= _EVIDENCE else float("nan")
    between = bool(((share > _RISING) & (share <= _FALLEN)).any())
    kind = "total" if rising >= _MOST and not between else "step" if rising < _FEW else None
    return Look(kind, stamps[share > _FALLEN], stamps[share <= _RISING], tolerance, rising)


def period_of(look: Look, step: int) -> tuple[int, int] | None:
    """Seconds after which totals begin anew, and the moment they count from; None where no rule fits.

    Dry stretches hide resets, so the period is the largest usual one that fits all resets, and that asks
    for few where the fields rose.

    Args:
        look: at a stretch of fields.
        step: seconds of a step.
    """
    begins, rose = look.resets - step, look.risen - step  # moments in which a total is zero, or is not
    for period in (_DAY, _DAY // 2, _DAY // 4, _DAY // 8):
        origins = set((begins % period).tolist())
        if period <= step or period % step or len(origins) != 1:
            continue
        origin = int(origins.pop())
        against = int((rose % period == origin).sum())
        if against <= _AGAINST * (len(begins) + against):
            return period, origin
    return None


def amounts_of_totals(
    totals: xr.DataArray, fresh: NDArray[np.bool_] | None, follows: NDArray[np.bool_], tolerance: float
) -> tuple[xr.DataArray, NDArray[np.bool_]]:
    """Amounts between frames, lazily, and which frames have one.

    Args:
        totals: (time, ...).
        fresh: frames whose total began with their own step, where a rule or bounds say so; None looks at each
            field whether it fell.
        follows: frames that follow the one before them in one step.
        tolerance: fall that is rounding.
    """
    before = totals.shift(time=1)
    rise = totals - before
    if fresh is None:
        space = [dim for dim in totals.dims if dim != "time"]
        wet = before > tolerance
        begun = ((rise < -tolerance) & wet).sum(space) > _FALLEN * wet.sum(space)
        usable = follows
    else:
        begun = xr.DataArray(fresh, dims="time", coords={"time": totals["time"]})
        usable = follows | fresh
    amounts = rise.where(~begun, totals)
    settled = amounts.where(~((amounts < 0) & (amounts > -tolerance)), 0)
    return settled.transpose(*totals.dims).astype(np.float32).isel(time=usable), usable
