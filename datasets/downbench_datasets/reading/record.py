"""Rain as it is read from any file or store: the same whatever the format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench_datasets.reading.meaning.time_stamps import Gap
from downbench_datasets.shared.grids import Coordinate


@dataclass(frozen=True)
class RainRecord:
    """Rain of files that belong together, lazy.

    Args:
        rain: in mm/h (time, tile, y, x), rows as they are stored; times increase and are those of the files.
        bounds: first and last moment of the interval that each frame stands for, (time, 2).
        bounds_stated: whether the files say them, or they follow from the step.
        stamp: where in its interval a time stands: ``start``, ``middle``, ``end``, or ``instant``.
        other_bounds: in a second reading that is as good, where nobody says which (days at noon).
        gaps: where steps of the record are missing.
        static: fine static fields (tile, y, x): topography, land fraction, area, latitude and longitude.
        variable: name of the rain in the files.
        files: that it comes from, those without rain too.
        sources: what these files hold in CF's form, times undecoded.
        grids: coordinates of each file with rain, as far as it has any.
        licence: as the files say it.
        notes: everything that was decided where the files leave a choice.
        members: labels of the members that its tiles are, all of one place; None where these are tiles. Empty
            where the files do not label them.
    """

    rain: xr.DataArray
    bounds: NDArray[np.datetime64]
    bounds_stated: bool
    stamp: str
    other_bounds: NDArray[np.datetime64] | None
    gaps: tuple[Gap, ...]
    static: xr.Dataset
    variable: str
    files: tuple[Path, ...]
    sources: Mapping[Path, xr.Dataset]
    grids: Mapping[Path, dict[str, Coordinate]]
    licence: str = ""
    notes: tuple[str, ...] = ()
    members: tuple[str, ...] | None = None
