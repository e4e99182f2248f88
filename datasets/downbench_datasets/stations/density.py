"""Weights of stations by how dense they stand, so that a cluster of gauges does not count many times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

_WIDTH = 0.5  # of the mean spacing: nearer stations share their weight, evenly spread ones keep theirs
_REACH = 3.0  # widths, beyond which a neighbour counts for nothing


def density_weights(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """One over the number of stations around each, counted with a Gaussian of half the mean spacing.

    The mean spacing is that of as many stations spread evenly over the circle around all of them. Stations in
    one place share the weight of one; the weights add up to the number of stations.

    Args:
        latitude: degrees (n,).
        longitude: degrees (n,).
    """
    where = _on_sphere(latitude, longitude)
    centre = where.mean(axis=0)
    radius = float(np.linalg.norm(where - centre, axis=1).max())
    width = _WIDTH * radius * np.sqrt(np.pi / len(where))
    if width == 0:
        return np.ones(len(where))
    tree = cKDTree(where)
    near = tree.sparse_distance_matrix(tree, _REACH * width, output_type="coo_matrix")
    count = np.zeros(len(where))
    np.add.at(count, near.row, np.exp(-((near.data / width) ** 2)))
    weights = 1 / count
    return weights * (len(weights) / weights.sum())


def _on_sphere(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    north, east = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1)
