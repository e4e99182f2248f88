"""Where a field that is asked for lies on the grid of the training data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench import FieldSequence, UserError

TOLERANCE = 0.1  # of a cell, between the latitudes and longitudes of one place in two files


class Location(NamedTuple):
    """A window of the training grid by its first fine cell; ``tile`` is an index."""

    tile: int
    row: int
    column: int


@dataclass(frozen=True)
class TrainingGrid:
    """Tiles, size and, where known, coordinates of the training grid.

    Args:
        tiles: labels, (tile,).
        size: fine cells in y and x.
        xyz: unit vectors of the cell centres, (tile, y, x, 3), or None.
    """

    tiles: NDArray[Any]
    size: tuple[int, int]
    xyz: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, sequences: tuple[FieldSequence, ...]) -> Self:
        """The grid that training sequences share.

        Raises:
            UserError: they have different tiles or sizes.
        """
        first = sequences[0].fine
        for other in (sequence.fine for sequence in sequences):
            same_tiles = np.array_equal(_labels(other), _labels(first))
            if other.shape[1:] != first.shape[1:] or not same_tiles:
                raise UserError("training sequences with different tiles or sizes", "use one grid for all")
        return cls(_labels(first), (first.sizes["y"], first.sizes["x"]), unit_vectors(sequences[0].static))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What :meth:`from_arrays` restores it from."""
        kept = {"tiles": self.tiles, "size": np.array(self.size)}
        return kept if self.xyz is None else {**kept, "xyz": self.xyz}

    @classmethod
    def from_arrays(cls, kept: Any) -> Self:
        """Restore it from a mapping to arrays (an npz file, a zarr group)."""
        height, width = np.asarray(kept["size"]).tolist()
        xyz = np.asarray(kept["xyz"]) if "xyz" in kept else None
        return cls(np.asarray(kept["tiles"]), (height, width), xyz)

    def find(self, static: xr.Dataset, tile: int, shape: tuple[int, ...]) -> Location | None:
        """Find a tile's window: by its coordinates, else as the tile of that label if it is as large.

        Args:
            static: fields (y, x) of the window, with ``lat`` and ``lon`` or without.
            tile: label.
            shape: fine cells in y and x.

        Returns:
            None where the window lies outside the training grid, or its place is not known.
        """
        there = unit_vectors(static)
        if there is not None and self.xyz is not None:
            return self._find_coordinates(there)
        if shape == self.size and tile in self.tiles:
            return Location(int(np.flatnonzero(self.tiles == tile)[0]), 0, 0)
        return None

    def _find_coordinates(self, there: NDArray[np.float32]) -> Location | None:
        assert self.xyz is not None
        distance = np.square(self.xyz - there[0, 0]).sum(-1)
        tile, row, column = (int(i) for i in np.unravel_index(distance.argmin(), distance.shape))
        here = self.xyz[tile, row : row + there.shape[0], column : column + there.shape[1]]
        if here.shape != there.shape:
            return None
        cell = np.linalg.norm(there[-1, -1] - there[0, 0]) / np.hypot(*there.shape[:2])
        apart = np.linalg.norm(here - there, axis=-1).max()
        return Location(tile, row, column) if apart < TOLERANCE * max(cell, 1e-6) else None


def _labels(field: xr.DataArray) -> NDArray[Any]:
    return field["tile"].to_numpy() if "tile" in field.coords else np.arange(field.sizes["tile"])


def unit_vectors(static: xr.Dataset) -> NDArray[np.float32] | None:
    """Unit vectors (..., y, x, 3) from ``lat`` and ``lon`` in degrees, or None where there are none."""
    if "lat" not in static or "lon" not in static:
        return None
    both = xr.broadcast(static["lat"], static["lon"])
    lat, lon = (np.deg2rad(field.transpose(..., "y", "x").to_numpy().astype(float)) for field in both)
    x, y, z = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
    return np.stack([x, y, z], -1).astype(np.float32)
