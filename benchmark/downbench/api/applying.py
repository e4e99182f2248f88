"""``downbench.apply``: somebody's own coarse file, downscaled, as a lazy dataset."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from downbench.api.opened import Run
from downbench.api.settings import setting_texts
from downbench.downscaling.asking import apply_file


def apply(
    run: Run | str | os.PathLike[str],
    coarse: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    members: int = 8,
    seed: int | None = None,
    start: str | None = None,
    end: str | None = None,
    sequence: str | None = None,
    units: str = "mm/h",
    static: str | os.PathLike[str] | None = None,
    dataset: str = "files",
    settings: Mapping[str, Any] | None = None,
    device: str = "auto",
    scheduler: str | None = None,
) -> xr.Dataset:
    """Downscale a coarse file with a fitted method, as ``bench apply`` does; nothing is fitted.

    Args:
        run: of the fitted method, opened or its directory, or its model folder.
        coarse: NetCDF file, zarr group, or a folder of either.
        out: zarr group to write, or a NetCDF file if the name ends in ``.nc``.
        members: of the ensemble.
        seed: of the noise; that of the run by default.
        start: first time, the first in the file by default.
        end: last time; a date without an hour includes the whole day.
        sequence: name that the noise depends on.
        units: of the output.
        static: file with static fields on the fine grid, if the method needs them.
        dataset: that reads the coarse file.
        settings: parameters of method and dataset, ``{"files.variable": "pr"}``.
        device: ``auto``, ``cpu`` or ``cuda``.
        scheduler: address of a dask cluster to sample on.

    Returns:
        What stands at ``out``, lazily: ``precipitation`` with member, time and place.

    Raises:
        UserError: something does not fit, or something else stands at ``out``.
        RunFailed: the method breaks its contract.
    """
    result = apply_file(
        run.directory if isinstance(run, Run) else Path(run),
        Path(coarse),
        Path(out),
        scheduler=scheduler,
        members=members,
        seed=seed,
        start=start,
        end=end,
        sequence=sequence,
        units=units,
        static=None if static is None else Path(static),
        dataset=dataset,
        settings=setting_texts(settings),
        device=device,
    )
    path = Path(result["out"])
    return xr.open_zarr(path) if path.is_dir() else xr.open_dataset(path, chunks={})
