"""Variables that say how good rain is: told, and not applied."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import xarray as xr

_FLAGS = ("flag_values", "flag_masks", "flag_meanings")
_QUALITY = re.compile(r"quality|(?<![a-z])(?:status_flags?|qc|qf|qa|qi|qind|rqi|flags?)(?![a-z])", re.I)
_NO_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\W]+")
_NAMED = 3  # variables that a note names


def quality_note(sources: Mapping[Path, xr.Dataset], names: Mapping[Path, str]) -> str | None:
    """What to know of files with flags or an index of the quality of rain.

    Args:
        sources: what the files hold in CF's form.
        names: of the rain in those that have it.
    """
    seen: dict[str, str] = {}
    for path, source in sources.items():
        for name in _quality_of(source, names.get(path)):
            seen.setdefault(name, _meanings(source[name]))
    if not seen:
        return None
    said = ", ".join(f"{name!r}{meanings}" for name, meanings in list(seen.items())[:_NAMED])
    more = f" and {len(seen) - _NAMED} more" if len(seen) > _NAMED else ""
    verb = "say" if len(seen) > 1 else "says"
    return (
        f"{said}{more} {verb} how good rain is, and {'are' if len(seen) > 1 else 'is'} not applied: set the "
        "cells that you do not trust to NaN in the files first (as xarray's `where` does)"
    )


def _quality_of(source: xr.Dataset, rain: str | None) -> list[str]:
    """Names of the variables that do: those that rain names as its own, and fields that are called so."""
    parts = rain.split("+") if rain else []
    fields = [source[part] for part in (parts if set(parts) <= set(source.variables) else [])]
    ancillary = {name for field in fields for name in str(field.attrs.get("ancillary_variables", "")).split()}
    of_others = {
        name
        for other, field in source.data_vars.items()
        if other not in (rain, *parts)
        for name in str(field.attrs.get("ancillary_variables", "")).split()
    }
    space = {dim for field in fields for dim in field.dims}
    found = []
    for name in map(str, source.data_vars):
        field = source[name]
        if name in (rain, *parts) or field.dtype.kind not in "iufb":
            continue
        own = name in ancillary and (_is_flag(field) or _is_called_so(field))
        beside = (
            field.ndim >= 2
            and (not fields or set(field.dims) <= space)
            and name not in of_others
            and _is_called_so(field)
            and not _is_of_another(name, source, parts)
        )
        if own or beside:
            found.append(name)
    return found


def _is_flag(field: xr.DataArray) -> bool:
    return any(key in field.attrs for key in _FLAGS)


def _is_called_so(field: xr.DataArray) -> bool:
    """Whether its name or standard name speaks of quality."""
    name = _NO_WORDS.sub(" ", str(field.name))
    return bool(_QUALITY.search(name) or _QUALITY.search(str(field.attrs.get("standard_name", ""))))


def _is_of_another(name: str, source: xr.Dataset, parts: list[str]) -> bool:
    """Whether its name begins or ends with that of another variable than rain: ``tas_qc``."""
    others = [str(other) for other in source.data_vars if other not in (name, *parts)]
    return any(re.search(rf"^{re.escape(o)}_|_{re.escape(o)}$", name, re.I) for o in others)


def _meanings(field: xr.DataArray) -> str:
    words = str(field.attrs.get("flag_meanings", "")).split()
    return f" ({', '.join(words[:4])}{', ...' if len(words) > 4 else ''})" if words else ""
