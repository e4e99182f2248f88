"""Small stores in the published layouts, with synthetic rain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from downbench import block_mean

SIZE, COARSE = 16, 2
FIVE = ("UGRD10m", "VGRD10m", "tsfc", "CPRATEsfc")
ATMOS = ("ps", "u700", "v700", "vertically_integrated_liq_wat", "vertically_integrated_sphum")
SURFACE = ("UGRD10m", "VGRD10m", "TMPsfc", "CPRATsfc", "DSWRFtoa")
UNITS = "kg/m**2/s"
TIME = {"units": "hours since 2016-01-01 00:00:00", "calendar": "julian"}


def rain_like(frames: int, seed: int, size: int = SIZE) -> np.ndarray:
    """Rain in kg m-2 s-1, (time, tile, y, x), two thirds dry."""
    noise = np.random.default_rng(seed).normal(size=(frames, 6, size, size))
    return (np.clip(noise - 0.5, 0, None) / 3600).astype(np.float32)


def hours(frames: int, jitter: float = 0.0) -> np.ndarray:
    """Middles of 3-hour means, in hours, off by a little as in the published stores."""
    return np.arange(frames) * 3 + 1.5 + jitter * np.resize([1, -1], frames)


def write(path: Path, variables: dict[str, tuple], time: np.ndarray | None = None, **coords) -> None:
    """Write a zarr v2 group."""
    data = xr.Dataset(variables, coords=coords)
    if time is not None:
        data = data.assign_coords(time=("time", time, TIME))
    path.parent.mkdir(parents=True, exist_ok=True)
    data.to_zarr(path, zarr_format=2, consolidated=True)


def write_xshield(root: Path, frames: int = 24, rain: np.ndarray | None = None, **changes) -> Path:
    """The X-SHiELD layout with its five predictors; dims (tile, time, y, x), tiles 1 to 6."""
    rain = rain_like(frames, 1) if rain is None else rain
    fine_dims = ("tile", "time", "grid_yt_coarse", "grid_xt_coarse")
    dims = ("tile", "time", "grid_yt", "grid_xt")
    tiles = {"tile": changes.get("tiles", np.arange(1, 7))}
    area = np.random.default_rng(2).uniform(1, 2, (6, SIZE, SIZE)).astype(np.float32) * 6e8
    coarse = changes.get("coarse", block_mean(rain, SIZE // COARSE, area))
    times = changes.get("times", hours(len(rain), 1e-5))
    fine = root / "C3072-to-C384-res-diagnostics"
    units = {"units": changes.get("units", UNITS)}
    write(
        fine / "pire_atmos_phys_3h_coarse.zarr",
        {"PRATEsfc_coarse": (fine_dims, rain.swapaxes(0, 1), units)},
        times,
        **tiles,
    )
    static_dims = ("tile", *fine_dims[2:])
    height = np.arange(6 * SIZE * SIZE, dtype=np.float32).reshape(6, SIZE, SIZE)
    zsurf = {"zsurf_coarse": (static_dims, height, {"units": "m"})}
    write(fine / "pire_atmos_static_coarse.zarr", zsurf, **tiles)
    write(fine / "grid_spec_coarse.zarr", {"area_coarse": (static_dims, area, {"units": "m2"})}, **tiles)
    others = {
        f"{name}_coarse": (dims, np.full_like(coarse.swapaxes(0, 1), k), {"units": "m/s"})
        for k, name in enumerate(changes.get("predictors", FIVE))
    }
    write(
        root / "PIRE-c48-post-spinup-verification" / "pire_atmos_phys_3h_coarse.zarr",
        {"PRATEsfc_coarse": (dims, coarse.swapaxes(0, 1), {"units": UNITS}), **others},
        changes.get("coarse_times", times[: len(coarse)]),
        **tiles,
    )
    return root


def write_fv3gfs(root: Path, members: int = 11, frames: int = 24, same: bool = False) -> Path:
    """The FV3GFS ensemble with its eleven predictors; dims (time, tile, y, x), tiles 0 to 5."""
    dims = ("time", "tile", "grid_yt_coarse", "grid_xt_coarse")
    fine_dims = ("time", "tile", "grid_yt", "grid_xt")
    for number in range(1, members + 1):
        member = f"{number:04d}"
        rain = rain_like(frames, 0 if same else number)
        coarse = block_mean(rain, SIZE // COARSE)
        times = hours(frames)
        tile = {"tile": np.arange(6)}
        write(
            root / "c384_precip_ave" / member / "sfc_8xdaily_ave.zarr",
            {"PRATEsfc": (fine_dims, rain, {"units": UNITS})},
            times,
            **tile,
        )
        surface = {f"{name}_coarse": (dims, coarse + k, {"units": "K"}) for k, name in enumerate(SURFACE)}
        write(
            root / "c48_precip_plus_more_ave" / member / "sfc_8xdaily_ave_coarse.zarr",
            {"PRATEsfc_coarse": (dims, coarse, {"units": UNITS}), **surface},
            times,
            **tile,
        )
        atmos = {f"{name}_coarse": (dims, coarse - k, {"units": "Pa"}) for k, name in enumerate(ATMOS)}
        write(root / "c48_atmos_ave" / member / "atmos_8xdaily_ave_coarse.zarr", atmos, times, **tile)
        write(
            root / "c384_topo" / member / "atmos_static.zarr",
            {"zsurf": (fine_dims[1:], np.full((6, SIZE, SIZE), 7, np.float32), {"units": "m"})},
            **tile,
        )
    return root


def rain_file(
    path: Path,
    frames: int = 40,
    shape: tuple[int, int] = (16, 24),
    name: str = "precipitation",
    units: str = "mm h-1",
    values: np.ndarray | None = None,
    times: np.ndarray | None = None,
    dims: tuple[str, ...] = ("time", "y", "x"),
    attrs: dict | None = None,
    **more,
) -> Path:
    """Write a NetCDF file with hourly rain."""
    if values is None:
        values = np.clip(np.random.default_rng(3).normal(size=(frames, *shape)), 0, None).astype(np.float32)
    if times is None:
        times = np.datetime64("2020-03-01T01", "ns") + np.arange(len(values)) * np.timedelta64(1, "h")
    data = xr.Dataset(
        {name: (dims, values, {"units": units, **(attrs or {})}), **more}, coords={"time": times}
    )
    data.to_netcdf(path)
    return path
