"""Groups in groups: which one holds the rain."""

from __future__ import annotations

from pathlib import Path

import xarray as xr
import zarr

from downbench import UserError
from downbench_datasets.reading.rain_variable import find_variable
from downbench_datasets.reading.settings import ReadingConfig, option
from downbench_datasets.shared.stores import as_store, open_store

_LISTED = 12  # groups that a message names


def open_zarr_groups(path: Path, config: ReadingConfig) -> xr.Dataset:
    """Open a zarr group; one without fields of its own is opened where the rain is below it.

    Raises:
        UserError: damaged, or no group or several groups hold rain.
    """
    root = open_store(path, config.group)
    if config.group is not None or any(root[name].ndim >= 2 for name in root.data_vars):
        return root
    store, inside = as_store(path)
    tree = _tree(zarr.open_group(store, path=inside, mode="r"))
    return group_with_rain(path, tree, config) if len(tree) > 1 else root


def _tree(group: zarr.Group, name: str = "/") -> dict[str, int]:
    """All groups with the number of fields in each."""
    fields = sum(array.ndim >= 2 for _, array in group.arrays())
    below = [_tree(child, f"{name.rstrip('/')}/{key}") for key, child in sorted(group.groups())]
    return {name: fields} | {key: count for each in below for key, count in each.items()}


def group_with_rain(path: Path, tree: dict[str, int], config: ReadingConfig) -> xr.Dataset:
    """The outermost group that holds rain.

    Args:
        path: of the file or zarr group.
        tree: all groups in it, with the number of fields in each.
        config: what somebody says.

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
        f"{path} has no precipitation in any of its groups: {listed(tree)}",
        f"if one of them holds rain, say so: {choice} {option('variable', 'NAME')}",
    )


def listed(tree: dict[str, int]) -> str:
    """Names of groups for a message."""
    names = [key for key in tree if key != "/"]
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return (", ".join(names[:_LISTED]) + more) or "none"
