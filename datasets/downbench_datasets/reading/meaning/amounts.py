"""Amounts: those of a time step or running totals, and the rates that they make."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import UserError, calendar_of, date_text, elapsed_seconds
from downbench_datasets.reading.meaning.running_totals import Look, amounts_of_totals, look_at, period_of
from downbench_datasets.reading.meaning.time_stamps import Intervals
from downbench_datasets.reading.settings import ReadingConfig, option

_LOOK_BYTES = 96 << 20  # of fields that are looked at
_LEAST, _MOST = 6, 240  # frames of them
_CELLS = 1 << 16  # of each frame, spread over it
_SUM = "sum"


def amounts_per_step(
    field: xr.DataArray, intervals: Intervals, config: ReadingConfig, where: str
) -> tuple[xr.DataArray, NDArray[np.bool_], str]:
    """Amounts of each frame's own interval, which frames have one, and what was decided.

    Args:
        field: amounts or running totals (time, tile, y, x), lazy.
        intervals: of its frames.
        config: what somebody says.
        where: it comes from, for messages.

    Raises:
        UserError: the files leave open whether these are running totals.
    """
    seconds = elapsed_seconds(field["time"].to_numpy(), calendar_of(field["time"]))
    step = int(intervals.usual / np.timedelta64(1, "s"))
    nested = intervals.stated and _nested(intervals)
    if config.amount == "step" and not nested:
        return field, np.ones(len(seconds), bool), "amounts of a time step, as set"
    look = _look(field, seconds)
    kind, why = _kind(field, look, intervals, nested, config, where)
    if kind == "step":
        return field, np.ones(len(seconds), bool), f"amounts of a time step, {why}"
    follows = np.concatenate([[False], np.diff(seconds) == step])
    fresh, rule = _fresh(intervals, nested, seconds, step, look, config)
    amounts, usable = amounts_of_totals(field, fresh, follows, look.tolerance)
    if not usable.any():
        raise UserError(f"{where}: no running total has one before it", "give consecutive time steps")
    lost = int((~usable).sum())
    first = f"; {lost} frame{'s' if lost > 1 else ''} without a total before it left out" if lost else ""
    return amounts, usable, f"running totals, {why}, differenced: {rule}{first}"


def _nested(intervals: Intervals) -> bool:
    """Whether frames overlap and begin together: totals, and no sums of windows that move along."""
    start, end = intervals.bounds[:, 0], intervals.bounds[:, 1]
    return bool(((start[1:] < end[:-1]) & (start[1:] <= start[:-1])).any())


def _look(field: xr.DataArray, seconds: NDArray[np.int64]) -> Look:
    frame = max(1, field.nbytes // max(1, len(seconds)))
    count = int(np.clip(_LOOK_BYTES // frame, _LEAST, _MOST))
    every = max(1, round(np.sqrt(field[0].size / _CELLS)))
    part = {"time": slice(0, count), "y": slice(None, None, every), "x": slice(None, None, every)}
    values = field.isel(part).to_numpy()
    return look_at(values, seconds[:count])


def _kind(
    field: xr.DataArray, look: Look, intervals: Intervals, nested: bool, config: ReadingConfig, where: str
) -> tuple[str, str]:
    """``step`` or ``total``, and why.

    Raises:
        UserError: it cannot be told.
    """
    if nested:
        return "total", "by the bounds of time"
    if config.amount == "total":
        return "total", "as set"
    summed = _SUM in str(field.attrs.get("cell_methods", "")).lower()
    if look.kind == "total" and not (intervals.stated and summed):
        return "total", "as they rise everywhere but where they begin anew"
    if look.kind == "total":
        raise _open(
            where, f"by its bounds an amount of each step, but it falls in {1 - look.rising:.0%} of steps"
        )
    if summed or intervals.stated or look.kind == "step":
        why = "by cell_methods" if summed else "by the bounds of time" if intervals.stated else "as they fall"
        return "step", why
    raise _open(where, "its fields are too few or too dry to tell")


def _open(where: str, why: str) -> UserError:
    return UserError(
        f"{where} may be amounts of a time step or running totals: {why}",
        f"say which: {option('amount', 'step')} or {option('amount', 'total')}",
    )


def _fresh(
    intervals: Intervals,
    nested: bool,
    seconds: NDArray[np.int64],
    step: int,
    look: Look,
    config: ReadingConfig,
) -> tuple[NDArray[np.bool_] | None, str]:
    """Frames whose total began with their own step, and the rule for people."""
    if nested:
        start, end = intervals.bounds[:, 0], intervals.bounds[:, 1]
        begun = (end - start) / np.timedelta64(1, "s") == step
        return begun, "the bounds say when they begin"
    if config.reset is not None:
        period, origin = round(config.reset * 3600), 0
        rule = (period, origin) if period else None
        if rule is None:
            return np.zeros(len(seconds), bool), "they never begin anew, as set"
    else:
        rule = period_of(look, step)
    if rule is None:
        return None, "they begin anew where most of a field falls"
    period, origin = rule
    begins = (seconds - step) % period == origin
    clock = f"{origin // 3600:02d}:{origin % 3600 // 60:02d} UTC"
    return np.asarray(begins), f"they begin anew every {period / 3600:g} h, from {clock} on"


def refuse_monthly(field: xr.DataArray, intervals: Intervals, config: ReadingConfig, where: str) -> None:
    """Refuse monthly amounts of which nobody says whether they are of the month or of a mean day of it.

    Raises:
        UserError: both readings, with the option that settles it.
    """
    monthly = intervals.usual >= np.timedelta64(28, "D")
    said = intervals.stated or config.amount or _SUM in str(field.attrs.get("cell_methods", "")).lower()
    if monthly and not said:
        units = str(field.attrs.get("units", ""))
        first = date_text(field["time"].to_numpy()[0], calendar_of(field["time"]))[:10]
        raise UserError(
            f"{where}: {units!r} from {first} on, by the month, may be the amount of each month, or of "
            "a mean day of it (as in ERA5's monthly means)",
            f"say which: {option('amount', 'step')} or {option('units', f'{units} day-1')}",
        )


def refuse_other_steps(times: xr.DataArray, intervals: Intervals, where: str) -> None:
    """Refuse amounts whose step changes in the record, where nobody says how long their intervals are.

    A forecast may be hourly at first and three-hourly later; a gap or two is no change.

    Raises:
        UserError: a stretch of steps that are longer, with its beginning.
    """
    if intervals.stated or len(set(intervals.hours.tolist())) > 1:
        return
    calendar = calendar_of(times)
    steps = np.diff(elapsed_seconds(times.to_numpy(), calendar))
    usual = round(float(intervals.hours[0]) * 3600)
    same = (steps[1:] == steps[:-1]) & (steps[1:] != usual)
    begins = np.flatnonzero(same[1:] & same[:-1]) if len(same) > 1 else np.empty(0, int)
    if len(begins):
        k = int(begins[0])
        first = date_text(times.to_numpy()[k], calendar)[:-3]
        raise UserError(
            f"{where}: amounts whose step is {usual / 3600:g} h, and {steps[k] / 3600:g} h from {first} on, "
            "without bounds that say how long each of them fell",
            "give parts of one step each, or bounds of time",
        )
