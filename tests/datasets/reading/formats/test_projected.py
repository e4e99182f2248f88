"""Latitude and longitude of projected grids."""

from __future__ import annotations

import numpy as np
import pytest

from downbench import UserError
from downbench_datasets.reading.formats.projected import geographic_surfaces

rasterio = pytest.importorskip("rasterio")
POLAR = "+proj=stere +lat_0=90 +lat_ts=60 +lon_0=10 +a=6370040 +b=6370040 +units=m"


@pytest.mark.parametrize(("crs", "x", "y"), [
    (POLAR, (-5e5, 4e5), (-4.7e6, -3.8e6)),
    ("EPSG:3067", (-2e5, 1e6), (8e6, 6.3e6)),
    (POLAR, (-1e6, 1e6), (-1e6, 1e6)),  # over the pole and the date line
])  # fmt: skip
def test_splines_between_nodes_are_right_to_a_thousandth_of_a_cell(crs, x, y):
    from rasterio.warp import transform

    across, along = np.linspace(*x, 300), np.linspace(*y, 260)
    surfaces = geographic_surfaces(crs, across, along, "here")
    rows, columns = np.array([0, 7, 131, 259]), np.array([299, 3, 88, 155])
    lon, lat = transform(crs, "EPSG:4326", across[columns], along[rows])
    back = transform(
        "EPSG:4326", crs, surfaces["lon"].to_numpy()[rows, columns], surfaces["lat"].to_numpy()[rows, columns]
    )
    np.testing.assert_allclose(surfaces["lat"].to_numpy()[rows, columns], lat, atol=1e-4)
    assert len(lon) == 4
    np.testing.assert_allclose(back[0], across[columns], atol=1e-3 * (across[1] - across[0]))
    np.testing.assert_allclose(back[1], along[rows], atol=1e-3 * abs(along[1] - along[0]))


def test_a_projection_that_nobody_knows():
    with pytest.raises(UserError, match="the projection 'flat' cannot be understood"):
        geographic_surfaces("flat", np.arange(3.0), np.arange(3.0), "here")
