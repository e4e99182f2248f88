"""Area weights: fields with a known mean over the sphere have it, on both kinds of grid."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench.scoring.chunk import TileChunk
from downbench.scoring.grid import make_grid
from downbench_datasets.shared.cubed_sphere import cubed_sphere
from downbench_datasets.shared.regions import standard_regions
from downbench_datasets.shared.static_fields import static_fields

DAY = np.timedelta64(1, "D")
# Mean over the sphere, and over the tropics where |sin lat| <= s = sin 23.5.
S = np.sin(np.deg2rad(23.5))
FIELDS = {
    "sine squared": (lambda lat, lon: np.sin(lat) ** 2, 1 / 3, S**2 / 3),
    "x to the fourth": (lambda lat, lon: (np.cos(lat) * np.cos(lon)) ** 4, 1 / 5, None),
    "one hemisphere": (lambda lat, lon: 1 + np.sin(lat), 1.0, 1.0),
    "xyz squared": (lambda lat, lon: (np.cos(lat) ** 2 * np.sin(lat) * np.sin(2 * lon)) ** 2, 4 / 105, None),
}


def lat_lon(step):
    lat, lon = np.arange(90 - step / 2, -90, -step), np.arange(step / 2, 360, step)
    fields = xr.Dataset({"lat": ("y", lat), "lon": ("x", lon)})
    return static_fields([fields], (1, len(lat), len(lon)))


def mean(static, field, region):
    """As metrics work it out: chunk.sum over chunk.weight, tile by tile."""
    shape = static["lat"].shape
    factor = 8 if shape[0] == 6 else 5
    covered = np.ones((shape[0], shape[1] // factor, shape[2] // factor), bool)
    grid = make_grid(static, standard_regions(static), covered, factor, DAY, DAY)
    column = list(grid.regions).index(region)
    lat, lon = np.deg2rad(static["lat"].values.astype(float)), np.deg2rad(static["lon"].values.astype(float))
    total = area = 0.0
    for tile in range(shape[0]):
        dry = np.zeros((1, *shape[1:]), np.float32)
        chunk = TileChunk(dry, dry[None], np.array(["2020-01-01"], "datetime64[s]"), "s", tile, grid)
        total += chunk.sum(field(lat[tile], lon[tile])[None]).values[0, column]
        area += chunk.weight().values[0, column]
    return total / area


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("make", [cubed_sphere, lat_lon], ids=["cubed sphere", "lat-lon"])
def test_the_mean_over_the_sphere(name, make):
    """The midpoint rule's error falls with the square of the cell's size; that it does is checked too."""
    field, want, _ = FIELDS[name]
    sizes = (24, 48) if make is cubed_sphere else (4.0, 2.0)
    coarse, fine = (abs(mean(make(size), field, "all") - want) for size in sizes)
    cell = np.deg2rad(90 / 48 if make is cubed_sphere else 2.0)
    assert fine < cell**2
    assert fine < coarse / 3 or fine < 1e-7  # float32 areas


def test_plain_means_would_be_wrong():
    """Cells of a cubed sphere differ by 40 %, those of a lat-lon grid by far more."""
    for static in (cubed_sphere(48), lat_lon(2.0)):
        lat, lon = np.deg2rad(static["lat"].values), np.deg2rad(static["lon"].values)
        field, want, _ = FIELDS["x to the fourth"]
        assert abs(field(lat, lon).mean() / want - 1) > 0.02


@pytest.mark.parametrize("name", ["sine squared", "one hemisphere"])
@pytest.mark.parametrize("make", [cubed_sphere, lat_lon], ids=["cubed sphere", "lat-lon"])
def test_the_mean_over_the_tropics(name, make):
    """A region's edge runs through cells, so its mean is off by the share of a row at most."""
    field, _, want = FIELDS[name]
    static = make(48 if make is cubed_sphere else 1.0)
    row = np.deg2rad(90 / 48 if make is cubed_sphere else 1.0)
    assert mean(static, field, "tropics") == pytest.approx(want, abs=row)
    rest = mean(static, field, "extratropics")
    share = S  # of the sphere's area
    whole = mean(static, field, "all")
    assert share * want + (1 - share) * rest == pytest.approx(whole, abs=row)


def surfaces(lat, lon):
    """Static fields of one tile with latitude and longitude as surfaces."""
    fields = xr.Dataset({"lat": (("y", "x"), lat), "lon": (("y", "x"), lon)})
    return static_fields([fields], (1, *lat.shape))["area"][0].to_numpy().astype(float)


def test_rows_at_the_poles_are_half_as_high():
    """ERA5's grid has rows at both poles: areas add up to the sphere."""
    fields = xr.Dataset({"lat": ("y", np.linspace(90, -90, 91)), "lon": ("x", np.arange(0, 360, 2.0))})
    area = static_fields([fields], (1, 91, 180))["area"].to_numpy().astype(float)
    assert area.sum() == pytest.approx(4 * np.pi * 6_371_000**2, rel=1e-3)
    cap, row = 1 - np.sin(np.deg2rad(89)), np.sin(np.deg2rad(89)) - np.sin(np.deg2rad(87))
    assert area[0, 0, 0] / area[0, 1, 0] == pytest.approx(cap / row, rel=1e-5)


def test_gaussian_rows_have_areas_of_their_own():
    lat = np.rad2deg(np.arcsin(np.polynomial.legendre.leggauss(64)[0]))
    fields = xr.Dataset({"lat": ("y", lat), "lon": ("x", np.arange(0, 360, 2.8125))})
    area = static_fields([fields], (1, 64, 128))["area"][0, :, 0].to_numpy().astype(float)
    weights = np.polynomial.legendre.leggauss(64)[1]
    np.testing.assert_allclose(area / area.sum(), weights / 2, rtol=0.02)
    np.testing.assert_allclose((area / area.sum())[8:-8], (weights / 2)[8:-8], rtol=1e-3)


def test_a_rotated_pole_has_the_areas_of_its_own_latitudes():
    """Cells of a rotated grid: the cosine of the rotated latitude, wherever on the Earth they lie."""
    rlat, rlon = np.deg2rad(np.meshgrid(np.linspace(-20, 22, 43), np.linspace(-30, 30, 61), indexing="ij"))
    tilt = np.deg2rad(50.75)
    x, y, z = np.cos(rlat) * np.cos(rlon), np.cos(rlat) * np.sin(rlon), np.sin(rlat)
    x, z = np.cos(tilt) * x - np.sin(tilt) * z, np.sin(tilt) * x + np.cos(tilt) * z
    area = surfaces(np.rad2deg(np.arcsin(z)), np.rad2deg(np.arctan2(y, x)))
    np.testing.assert_allclose(area / area[20, 30], np.cos(rlat) / np.cos(rlat[20, 30]), rtol=4e-4)


def test_a_tile_over_the_pole_and_many_rows():
    """The cubed sphere has exact areas; those by steps agree within the size of a cell."""
    exact = cubed_sphere(48)
    for tile in (0, 2):
        got = surfaces(exact["lat"][tile].to_numpy(), exact["lon"][tile].to_numpy())
        inner = (slice(1, -1), slice(1, -1))
        np.testing.assert_allclose(got[inner], exact["area"][tile].to_numpy()[inner], rtol=2e-3)
    lat, lon = np.meshgrid(np.linspace(40, 60, 600), np.linspace(0, 1, 4), indexing="ij")
    curved = surfaces(lat + 1e-3 * lon, lon)
    np.testing.assert_allclose(
        curved / curved[0, 0], np.cos(np.deg2rad(lat)) / np.cos(np.deg2rad(40)), rtol=2e-3
    )
