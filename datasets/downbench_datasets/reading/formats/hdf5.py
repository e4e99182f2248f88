"""HDF5 and NetCDF-4 files whose fields stand in groups: IMERG's, KNMI's, ODIM's, and any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xarray as xr

from downbench import UserError
from downbench_datasets.reading.formats.groups import group_with_rain, listed
from downbench_datasets.reading.formats.knmi import is_knmi, open_knmi
from downbench_datasets.reading.formats.netcdf_file import opened
from downbench_datasets.reading.formats.odim import is_odim, open_odim
from downbench_datasets.reading.settings import ReadingConfig
from downbench_datasets.shared.stores import open_store, reason


def open_hdf5(path: Path, config: ReadingConfig) -> xr.Dataset:
    """Open an HDF5 file by its convention: radar composites of ODIM or KNMI, else the group with the rain.

    Raises:
        UserError: damaged; the group asked for is not there; no group or several groups hold rain.
    """
    tree = _groups(path)
    if config.group is not None:
        asked = "/" + config.group.strip("/")
        if asked not in tree:
            raise UserError(f"{path} has no group {asked!r}", f"its groups: {listed(tree)}")
        return open_store(path, asked)
    if is_odim(path):
        return open_odim(path, config.variable)
    if is_knmi(path):
        return open_knmi(path)
    root = open_store(path)
    if len(tree) == 1 or any(root[name].ndim >= 2 for name in root.data_vars):
        return root
    return group_with_rain(path, tree, config)


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
