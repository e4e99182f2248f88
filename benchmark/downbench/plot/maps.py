"""Maps of one moment side by side: coarse rain, truth and members, on one scale of colours."""

from __future__ import annotations

import os
from typing import Any

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.colors import BoundaryNorm, Colormap, ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from downbench.api.opened import Run, open_run
from downbench.errors import UserError
from downbench.plot.style import drawing

LEVELS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)  # mm/h
DRY, MISSING = "white", "#d9d9d9"
_PANEL = 2.6  # inches


def maps(
    fields: Run | xr.Dataset | xr.DataArray | str | os.PathLike[str], time: int = 0, members: int = 2
) -> Figure:
    """Draw one moment: coarse rain, truth and some members where there are any.

    Args:
        fields: a run, whose examples are drawn, or its directory; a dataset of ``coarse``, ``truth`` and
            ``members`` as far as it has them; or one array (time, y, x) or (member, time, y, x). In mm/h.
        time: index of the moment.
        members: number of members, at most.

    Raises:
        UserError: there is nothing to draw, or no such moment.
    """
    panels, when = _panels(fields, time, members)
    height, width = next(iter(panels.values())).shape
    figure = drawing(_PANEL * len(panels) + 0.9, _PANEL * min(max(height / width, 0.4), 2.0) + 0.5)
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    colours, norm = rain_colours()
    for axes, (name, field) in zip(row, panels.items(), strict=True):
        image = axes.imshow(field, cmap=colours, norm=norm, interpolation="nearest", aspect="auto")
        axes.set_box_aspect(height / width)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_title(name, loc="left", fontsize=10)
    bar = figure.colorbar(image, ax=list(row), extend="both", ticks=LEVELS, shrink=0.9, pad=0.01)
    bar.ax.set_yticklabels([f"{level:g}" for level in LEVELS], fontsize=8)
    bar.set_label("rain [mm/h]", fontsize=9)
    if when:
        figure.suptitle(when, fontsize=10, x=0.01, ha="left")
    return figure


def rain_colours() -> tuple[Colormap, BoundaryNorm]:
    """Colours of rain by class, light to dark, which fall in lightness for every eye; dry is white."""
    shades = matplotlib.colormaps["viridis_r"](np.linspace(0.0, 1.0, len(LEVELS)))
    colours = ListedColormap(list(shades[:-1]), name="rain").with_extremes(
        bad=MISSING, under=DRY, over=tuple(shades[-1])
    )
    return colours, BoundaryNorm(LEVELS, colours.N)


def _panels(fields: Any, time: int, members: int) -> tuple[dict[str, NDArray[np.float32]], str]:
    """Title to field (y, x), and the time in words."""
    name = "rain"
    if isinstance(fields, str | os.PathLike):
        fields = open_run(fields)
    if isinstance(fields, Run):
        name = fields.record.method.name
        fields = fields.examples
    if isinstance(fields, xr.DataArray):
        fields = fields.to_dataset(name="members" if "member" in fields.dims else "truth")
        name = "rain" if "members" not in fields else "members"
        if "truth" in fields:
            fields = fields.rename(truth="rain")
    # in our order: that of the variables of a store is the order in which its disk lists folders
    chosen = {kind: fields[kind] for kind in ("coarse", "truth", "rain", "members") if kind in fields}
    if not chosen:
        raise UserError("there is nothing to draw", "a dataset needs coarse, truth or members")
    panels: dict[str, NDArray[np.float32]] = {}
    for kind, field in chosen.items():
        moment = _moment(field, time)
        if kind != "members":
            panels[kind] = moment.to_numpy()
            continue
        for number in range(min(members, moment.sizes["member"])):
            title = f"{name}, member {number + 1}" if moment.sizes["member"] > 1 else name
            panels[title] = moment.isel(member=number).to_numpy()
    return panels, _when(next(iter(chosen.values())), time)


def _moment(field: xr.DataArray, time: int) -> xr.DataArray:
    if "tile" in field.dims:
        field = field.isel(tile=0)
    if "time" not in field.dims:
        return field
    if not -field.sizes["time"] <= time < field.sizes["time"]:
        raise UserError(f"there is no moment {time}", f"there are {field.sizes['time']}, counted from 0")
    return field.isel(time=time)


def _when(field: xr.DataArray, time: int) -> str:
    if "time" not in field.coords:
        return ""
    value = field["time"].to_numpy().ravel()[time if "time" in field.dims else 0]
    return f"{str(value)[:16].replace('T', ' ')} UTC"
