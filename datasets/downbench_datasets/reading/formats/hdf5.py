"""HDF5 and NetCDF-4 files whose fields stand in groups: IMERG's, KNMI's, ODIM's, and any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xarray as xr

from downbench import UserError
from downbench_datasets.reading.formats.knmi import is_knmi, open_knmi
from downbench_datasets.reading.formats.netcdf_file import opened
from downbench_datasets.reading.formats.odim import is_odim, open_odim
from downbench_datasets.reading.rain_variable import find_variable
from downbench_datasets.reading.settings import ReadingConfig, option
from downbench_datasets.shared.stores import open_store, reason

_LISTED = 12  # groups that a message names


def open_hdf5(path: Path, config: ReadingConfig) -> xr.Dataset:
    """Open an HDF5 file by its convention: radar composites of ODIM or KNMI, else the group with the rain.

    Raises:
        UserError: damaged; the group asked for is not there; no group or several groups hold rain.
    """
    tree = _groups(path)
    if config.group is not None:
        asked = "/" + config.group.strip("/")
        if asked not in tree:
            raise UserError(f"{path} has no group {asked!r}", f"its groups: {_listed(tree)}")
        return open_store(path, asked)
    if is_odim(path):
        return open_odim(path, config.variable)
    if is_knmi(path):
        return open_knmi(path)
    root = open_store(path)
    if len(tree) == 1 or any(root[name].ndim >= 2 for name in root.data_vars):
        return root
    return _group_with_rain(path, tree, config)


def _groups(path: Path) -> dict[str, int]:
    """All groups with the number of fields in each.

    Raises:
        UserError: the file cannot be opened.
    """

    def walk(group: Any) -> dict[str, int]:
        fields = sum(variable.ndim >= 2 for variable in group.variables.values())
        below = [walk(child) for child in group.groups.values()]
        return {group.path: fields} | {key: value for each in below for key, value in each.items()}

    try:
        with opened(path) as file:
            return walk(file)
    except (OSError, RuntimeError) as error:
        raise UserError(
            f"{path} cannot be opened: {reason(error)}", "the file is damaged or cut off: fetch it again"
        ) from error


def _group_with_rain(path: Path, tree: dict[str, int], config: ReadingConfig) -> xr.Dataset:
    """The outermost group that holds rain.

    Raises:
        UserError: there is none, or there are several.
    """
    depth = min((key.count("/") for key, fields in tree.items() if fields), default=0)
    rainy: dict[str, xr.Dataset] = {}
    while depth <= max(key.count("/") for key in tree) and not rainy:
        for key, fields in tree.items():
            if fields and key.count("/") == depth:
                source = open_store(path, key)
                wanted = config.variable if config.variable in source else None
                if config.variable and not wanted:
                    continue
                if find_variable(source, wanted, f"{path}, group {key}") is not None:
                    rainy[key] = source
        depth += 1
    if len(rainy) == 1:
        return next(iter(rainy.values()))
    choice = option("group", "NAME")
    if rainy:
        raise UserError(f"{path} has rain in several groups: {', '.join(rainy)}", f"say which: {choice}")
    raise UserError(
        f"{path} has no precipitation in any of its groups: {_listed(tree)}",
        f"if one of them holds rain, say so: {choice} {option('variable', 'NAME')}",
    )


def _listed(tree: dict[str, int]) -> str:
    names = [key for key in tree if key != "/"]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return (", ".join(names[:_LISTED]) + more) or "none"
