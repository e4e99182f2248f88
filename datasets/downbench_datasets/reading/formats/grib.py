"""GRIB 1 and 2 by ecCodes: fields of one grid, each with the interval that its message says."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import xarray as xr

from downbench import UserError
from downbench_datasets.reading.formats.grib_message import Message, values_of
from downbench_datasets.reading.formats.grib_messages import read_messages
from downbench_datasets.reading.formats.lazy_frames import lazy_frame
from downbench_datasets.reading.rain_variable import NAMES
from downbench_datasets.reading.settings import ReadingConfig, option

MEMBERS = "number"  # what ecCodes calls the members of an ensemble
_SECONDS = "seconds since 1970-01-01"


def open_grib(path: Path, config: ReadingConfig) -> xr.Dataset:
    """Open the precipitation of a GRIB file, lazily, message by message.

    Raises:
        UserError: ecCodes is missing, the file is damaged, it has no precipitation, or several grids.
    """
    messages = read_messages(path)
    chosen = _choose(messages, config, path)
    grids = {message.grid for message in chosen}
    if len(grids) > 1:
        raise UserError(f"{path}: {chosen[0].name!r} is on {len(grids)} grids", "split the file by grid")
    by_member = {
        member: _last_beginnings([message for message in chosen if message.member == member])
        for member in sorted({message.member for message in chosen})
    }
    frames = next(iter(by_member.values()))
    for member, others in by_member.items():
        if [(m.start, m.end) for m in others] != [(m.start, m.end) for m in frames]:
            raise UserError(f"{path}: member {member} has other times than the first", "fetch it again")
    seconds = np.array([[_seconds(message.start), _seconds(message.end)] for message in frames])
    time = {"standard_name": "time", "units": _SECONDS, "calendar": "standard"}
    variables: dict[str, Any] = {}
    if (seconds[:, 0] < seconds[:, 1]).all():
        time["bounds"] = "time_bnds"
        variables["time_bnds"] = (("time", "bnds"), seconds)
    first = chosen[0]
    attrs = {"units": first.units, "long_name": first.title, "GRIB_stepType": first.step_type}
    fields = [_fields(path, messages) for messages in by_member.values()]
    coordinates: dict[str, Any] = {"time": ("time", seconds[:, 1], time), **first.coordinates(path)}
    if config.members == MEMBERS:
        variables[first.name] = (("time", MEMBERS, "y", "x"), da.stack(fields, axis=1), attrs)
        coordinates[MEMBERS] = (MEMBERS, list(by_member))
    else:
        variables[first.name] = (("time", "y", "x"), fields[0], attrs)
        coordinates[MEMBERS] = ((), first.member)
    return xr.Dataset(variables, coordinates)


def _fields(path: Path, messages: list[Message]) -> da.Array:
    return da.concatenate(
        [
            lazy_frame(partial(values_of, path, message), message.shape, f"{path}, message {message.number}")
            for message in messages
        ]
    )


def _seconds(moment: np.datetime64) -> int:
    return int(moment.astype("datetime64[s]").astype(np.int64))


def _choose(messages: list[Message], config: ReadingConfig, path: Path) -> list[Message]:
    """Messages of the precipitation, of one member unless all are asked for.

    Raises:
        UserError: there are none; several members.
    """
    names = sorted({message.name for message in messages})
    lower = {name.lower(): name for name in names}
    usual = next((lower[name.lower()] for name in NAMES if name.lower() in lower), None)
    wanted = config.variable or usual
    chosen = [message for message in messages if message.name == wanted]
    if not chosen:
        raise UserError(
            f"{path} has no precipitation; it has {', '.join(names)}",
            f"say which: {option('variable', 'NAME')}",
        )
    members = sorted({message.member for message in chosen})
    if len(members) > 1:
        if config.members == MEMBERS:
            return chosen
        member = config.select.get(MEMBERS)
        if member is None:
            raise UserError(
                f"{path} has {len(members)} members",
                f"choose one: {option('select', f'{{{MEMBERS}: {members[0]}}}')}; "
                f"or take all: {option('members', MEMBERS)}",
            )
        chosen = [message for message in chosen if message.member == member]
        if not chosen:
            raise UserError(f"{path} has no member {member}", f"there are {', '.join(map(str, members))}")
    return chosen


def _last_beginnings(messages: list[Message]) -> list[Message]:
    """One message for each moment, in order: of several that end there, the one that begins last.

    GFS gives rain since the beginning of the forecast beside that of the last hours.
    """
    by_end: dict[np.datetime64, Message] = {}
    for message in sorted(messages, key=lambda m: (m.end, m.start)):
        by_end[message.end] = message
    return list(by_end.values())
