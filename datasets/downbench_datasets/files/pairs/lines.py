"""The lines that a rectilinear grid is made of, and the coarse grid whose cells fine ones nest in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import unit_factor
from downbench_datasets.files.fine_grid import cell_bounds, unwrap
from downbench_datasets.shared.grids import Coordinate, coordinates_of

Edges = NDArray[np.float64]  # (n, 2)
_ROUNDING = 0.01  # of a cell: how far apart the ends of one cell may lie on two grids that count as the same


@dataclass(frozen=True)
class Lines:
    """Ends of the cells of a rectilinear grid along y and x.

    Args:
        y: (n, 2), in the order of rows.
        x: (n, 2), in the order of columns.
        on_sphere: whether these are latitudes and longitudes [degrees].
        unit: of others: ``m``, what the file says, or nothing.
        numbers: whether rows and columns are only counted, which says nothing of where they lie.
    """

    y: Edges
    x: Edges
    on_sphere: bool
    unit: str = ""
    numbers: bool = False

    @property
    def text(self) -> str:
        """Size of a cell and where the grid lies, for people."""
        unit = " degrees" if self.on_sphere else " (its own units)"
        sizes = " x ".join(f"{float(np.abs(np.diff(edges)).mean()):.4g}" for edges in (self.y, self.x))
        span = ", ".join(f"{edges.min():.4g} to {edges.max():.4g}" for edges in (self.y, self.x))
        return f"cells of {sizes}{unit}, {span}"

    def nested(self, factor: int) -> Lines:
        """The grid whose cells are ``factor`` x ``factor`` cells of this one."""
        return replace(self, y=_joined(self.y, factor), x=_joined(self.x, factor))

    def first(self, rows: int, columns: int) -> Lines:
        """The first rows and columns of it."""
        return replace(self, y=self.y[:rows], x=self.x[:columns])

    @property
    def turns(self) -> bool:
        """Whether columns are degrees, of the sphere or of a rotated pole, which 360 leave where they are."""
        return self.on_sphere or self.unit.startswith("degree")

    def measures_as(self, other: Lines) -> bool:
        """Whether numbers of both mean the same; those of a file that names no unit may."""
        if self.on_sphere or other.on_sphere:
            return self.on_sphere and other.on_sphere
        return self.unit == other.unit or not (self.unit and other.unit)

    def is_same(self, other: Lines) -> bool:
        """Whether both are one grid, to rounding."""
        if not self.measures_as(other):
            return False
        turns = np.round((self.x.mean() - other.x.mean()) / 360) * 360 if self.turns else 0.0
        pairs = ((self.y, other.y), (self.x, other.x + turns))
        return all(
            a.shape == b.shape and np.abs(a - b).max() <= _ROUNDING * np.abs(np.diff(a)).min()
            for a, b in pairs
        )


def _joined(edges: Edges, factor: int) -> Edges:
    cells = edges.reshape(-1, factor, 2)
    return np.stack([cells[:, 0, 0], cells[:, -1, 1]], 1)


def lines_of(source: xr.Dataset, name: str, where: str) -> Lines | None:
    """Lines of the grid of a variable; None where it has none.

    Args:
        source: a file in CF's form.
        name: of the variable.
        where: it stands, for messages.
    """
    field = source[name.split("+")[0]]
    others = [key for key in source.variables if not set(source[key].dims) <= set(field.dims)]
    grid = coordinates_of(source.drop_vars(others), field, where)
    for along_y, along_x in (("lat", "lon"), ("y", "x")):
        if _are_lines(grid, along_y, along_x):
            y, x = grid[along_y], grid[along_x]
            units = [str(source[line.name].attrs.get("units", "")) for line in (y, x)]
            return _lines(y, x, units)
    return None


def lines_of_surfaces(lat: Edges, lon: Edges) -> Lines | None:
    """Lines of a regular grid whose latitudes and longitudes (y, x) are written out for each cell.

    None where they differ along a row or a column, as on curved grids, or where they turn back.
    """
    y, x = lat[:, 0], unwrap(lon[0])
    if min(lat.shape) < 2 or not (np.isfinite(lat).all() and np.isfinite(lon).all()):
        return None
    off = (np.abs(lat - y[:, None]).max(), np.abs((lon - x + 180) % 360 - 180).max())
    steps = np.diff(y), np.diff(x)
    for apart, step in zip(off, steps, strict=True):
        if apart > _ROUNDING * np.abs(step).min() or not ((step > 0).all() or (step < 0).all()):
            return None
    return Lines(cell_bounds(y, "lat", True), cell_bounds(x, "lon"), True)


def _are_lines(grid: dict[str, Coordinate], *roles: str) -> bool:
    return all(role in grid and grid[role].values.ndim == 1 and len(grid[role].values) > 1 for role in roles)


def _lines(y: Coordinate, x: Coordinate, units: list[str]) -> Lines:
    counted = not any(units) and all(_is_count(line.values) for line in (y, x))
    if x.is_longitude:
        columns = cell_bounds(unwrap(x.values), x.name)
        return Lines(cell_bounds(y.values, y.name, not counted), columns, True, numbers=counted)
    factors = [unit_factor(unit, "m") if unit else None for unit in units]
    unit = "m" if None not in factors else units[0]
    rows, columns = (
        line.values * (1.0 if factor is None else factor)
        for line, factor in zip((y, x), factors, strict=True)
    )
    if x.turns:
        columns = unwrap(columns)
    return Lines(cell_bounds(rows, y.name), cell_bounds(columns, x.name), False, unit, counted)


def _is_count(values: NDArray[np.float64]) -> bool:
    """Whether values are the numbers of rows or columns, from 0 or from 1 on."""
    return values[0] in (0, 1) and np.array_equal(values, values[0] + np.arange(len(values)))
