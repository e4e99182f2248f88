"""``bench apply``: a coarse file of somebody's own, downscaled by a fitted method."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import zarr
from coarse_files import coarsened, rain_file
from folders import PLUGINS

from downbench.cli.main import main
from downbench.downscaling import fine_store
from downbench.downscaling import request as application
from downbench.errors import UserError
from downbench.plugins.session import configure

PLUGIN = PLUGINS / "portable.py"
FLAGS = ["--plugin", str(PLUGIN)]
Bench = Callable[..., Any]


def fit_directory(folder: Path, *arguments: object) -> Path:
    """Run a method without controls; the directory of its fit."""
    command = ["run", "--no-controls", "--metric", "crps", "--members", "3", "--runs", folder, *FLAGS]
    assert main([str(word) for word in (*command, *arguments)]) == 0
    configure()
    [found] = folder.rglob("fit.json")
    return found.parent


@pytest.fixture(scope="module")
def fits(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Fits of the plug-in's methods on its dataset."""
    return {
        name: fit_directory(tmp_path_factory.mktemp(name), "-m", name, "-d", "breeze")
        for name in ("batched", "frugal")
    }


def truth_of(source: Path) -> tuple[xr.Dataset, np.ndarray]:
    """Real rain, and weights in proportion to the cells' areas."""
    truth = xr.open_dataset(source).load()
    return truth, np.cos(np.deg2rad(truth["lat"].to_numpy()))[:, None] * np.ones(truth.sizes["x"])


def ensemble(fit: Path) -> zarr.Array:
    [store] = fit.glob("samples/*/predictions.zarr")
    group = zarr.open_group(store, mode="r")
    [name] = [name for name, array in group.arrays() if array.ndim == 5]
    found = group[name]
    assert isinstance(found, zarr.Array)
    return found


def digests(store: Path) -> dict[str, str]:
    files = [path for path in store.rglob("*") if path.is_file()]
    return {str(p.relative_to(store)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def open_zarr(path: Path) -> xr.Dataset:
    return xr.open_zarr(path, chunks=None).load()


def test_real_rain_at_its_place_and_time(bench, shared_data, tmp_path):
    """Coordinates are those of the truth that was coarsened; values are those that the run sampled."""
    source = shared_data / "mrms_qpe_201609_east_25km_3h.nc"
    fit = fit_directory(tmp_path / "runs", "-m", "bicubic", "-d", "files", "--data-root", source)
    truth, area = truth_of(source)
    coarsened(truth, 8, area).to_netcdf(tmp_path / "coarse.nc")
    bench("apply", fit, "coarse.nc", "--out", "fine.zarr")
    bench("apply", fit, "coarse.nc", "--out", "fine.nc", "--units", "kg m-2 s-1")
    fine = open_zarr(tmp_path / "fine.zarr")
    assert fine["precipitation"].dims == ("member", "time", "y", "x")
    assert zarr.open_group("fine.zarr", mode="r").metadata.zarr_format == 3
    for name in ("lat", "lon"):
        np.testing.assert_allclose(fine[name], truth[name], rtol=0, atol=1e-9)
    for name in ("time", "time_bnds"):
        np.testing.assert_array_equal(fine[name], truth[name])
    np.testing.assert_allclose(fine["lat_bnds"].mean("bnds"), truth["lat"], rtol=0, atol=1e-9)
    run = ensemble(fit)
    test = fine["precipitation"].sel(time=slice(run.attrs["first"], None)).to_numpy()
    np.testing.assert_allclose(test, run[:, :, 0], rtol=1e-5, atol=1e-5)  # coarse means are float32
    missing = np.isnan(xr.open_dataset("coarse.nc")["precipitation"].to_numpy())
    assert 0 < missing.mean() < 1
    np.testing.assert_array_equal(
        np.isnan(fine["precipitation"].to_numpy()[0]), missing.repeat(8, 1).repeat(8, 2)
    )
    other = xr.open_dataset("fine.nc")
    assert other["precipitation"].attrs["standard_name"] == "precipitation_flux"
    np.testing.assert_allclose(other["precipitation"] * 3600, fine["precipitation"], rtol=1e-6)
    xr.testing.assert_allclose(other.drop_vars("precipitation"), fine.drop_vars("precipitation"))
    assert fine.attrs["downbench_method"] == "downbench:bicubic"
    assert fine.attrs["downbench_fit_key"] == json.loads((fit / "fit.json").read_text())["key"]
    assert not any(str(tmp_path) in str(value) for value in fine.attrs.values())


@pytest.mark.parametrize("coarse", ["rain.nc", "rain.zarr", "rain.zarr.zip", "../june/rain.nc"])
def test_without_a_name_the_output_is_called_after_the_input(monkeypatch, coarse):
    named = []

    def remember(run: Path, coarse: Path, out: Path, **more: object) -> None:
        named.append(out)
        raise UserError("enough")

    monkeypatch.setattr("downbench.downscaling.asking.apply_file", remember)
    assert main(["apply", "fit", coarse]) == 2
    assert named == [Path("rain-fine.zarr")]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["mean-noise", "ofdiff"])
def test_networks_sample_what_the_run_sampled(bench, tmp_path, method):
    """Noise is keyed by the training sequence's name, tile and time, so the same frames get the same rain."""
    random = np.random.default_rng(4)
    rain = np.maximum(random.normal(0, 3, (40, 32, 48)), 0).astype(np.float32)
    dims = ("time", "y", "x")
    truth = xr.Dataset(
        {"precipitation": (dims, rain, {"units": "mm h-1"})},
        {
            "time": np.datetime64("2020-01-01", "ns") + np.arange(40) * np.timedelta64(1, "h"),
            "y": ("y", 1000.0 * np.arange(32), {"units": "m"}),
            "x": ("x", 1000.0 * np.arange(48), {"units": "m"}),
        },
    )
    truth.to_netcdf("truth.nc")
    arguments = ["-m", method, "-d", "files", "--data-root", "truth.nc", "--preset", "smoke"]
    fit = fit_directory(tmp_path / "runs", *arguments)
    coarsened(truth, 8).to_netcdf("named-as-you-like.nc")
    bench("apply", fit, "named-as-you-like.nc", "--out", "fine.zarr", "--members", 3)
    run = ensemble(fit)
    fine = open_zarr(tmp_path / "fine.zarr")["precipitation"].sel(time=slice(run.attrs["first"], None))
    assert fine.shape[:2] == run.shape[:2]
    # frames fall into other batches here than there: rounding
    np.testing.assert_allclose(fine, run[:, :, 0], rtol=1e-3, atol=1e-3)
    assert np.ptp(fine.to_numpy(), axis=0).max() > 0.1


def test_the_first_frame_stands_for_the_past(bench, fits, tmp_path):
    """A method that looks back gives the same rain in one piece, in many, and from a later start."""
    rain_file(tmp_path / "rain.nc")
    command = ["apply", fits["frugal"], "rain.nc", *FLAGS, "--members", 2]
    bench(*command, "--out", "whole.zarr")
    whole = open_zarr(tmp_path / "whole.zarr")["precipitation"]
    patch = pytest.MonkeyPatch()
    with patch.context() as small:
        small.setattr(application, "MOST_COARSE", 4 * 4 * 6 * 5)
        bench(*command, "--out", "pieces.zarr")
    pieces = open_zarr(tmp_path / "pieces.zarr")["precipitation"]
    # batches count from the beginning of a piece, and the method shows them by up to 6e-5
    np.testing.assert_allclose(pieces, whole, atol=1e-4, rtol=0)
    bench(*command, "--out", "later.zarr", "--start", "2021-05-01T20:00", "--end", "2021-05-01T22:00")
    later = open_zarr(tmp_path / "later.zarr")["precipitation"]
    assert later.sizes["time"] == 3
    np.testing.assert_allclose(later, whole.isel(time=slice(20, 23)), atol=1e-4, rtol=0)


def apply_and_die(cwd: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, with small chunks; the method kills it in its third batch."""
    plug = cwd / "small.py"
    plug.write_text(f"from downbench.downscaling import fine_store\nfine_store.CHUNK_BYTES = {SMALL}\n")
    environment = os.environ | {"PORTABLE_STOP": str(cwd / "stopped"), "PORTABLE_TILE": "0"}
    return subprocess.run(
        [sys.executable, "-m", "downbench.cli.main", *command, "--plugin", str(plug)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env=environment,
    )


SMALL = 4 * 4 * 128 * 256  # chunks of 4 frames: one ends inside a batch of 5


@pytest.mark.parametrize("out", ["fine.zarr", "fine.nc"])
def test_killed_and_resumed_it_gives_the_same_bytes(bench, fits, tmp_path, monkeypatch, out):
    rain_file(tmp_path / "rain.nc", size=(16, 32))
    command = ["apply", str(fits["frugal"]), "rain.nc", "--members", "2", *FLAGS, "--out"]
    killed = apply_and_die(tmp_path, *command, out)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / out).exists()
    state = json.loads((tmp_path / f"{out}.partial" / "apply.json").read_text())["progress"]["0/0"]
    assert state == {"done": [[0, 8]], "restart": 5}
    monkeypatch.setattr(fine_store, "CHUNK_BYTES", SMALL)
    refused = bench(*command, out, "--seed", "9", code=2)
    assert "of another request: seed 0 there, 9 now" in refused.stderr
    assert json.loads(bench(*command, out, "--json").stdout)["resumed"] is True
    assert not (tmp_path / f"{out}.partial").exists()
    other = out.replace("fine", "untouched")
    assert json.loads(bench(*command, other, "--json").stdout)["resumed"] is False
    if out == "fine.zarr":
        assert digests(tmp_path / out) == digests(tmp_path / other)
        assert not {"apply.json", ".lock"} & {path.name for path in (tmp_path / out).iterdir()}
    else:
        xr.testing.assert_identical(xr.open_dataset(tmp_path / out), xr.open_dataset(tmp_path / other))
    stamp = (tmp_path / out).stat().st_mtime_ns
    assert "was finished before" in bench(*command, out).stdout
    assert (tmp_path / out).stat().st_mtime_ns == stamp
    assert "members 2 there, 3 now" in bench(*command, out, "--members", "3", code=2).stderr


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "interrupted; finished chunks are kept"),
        (OSError(errno.ENOSPC, "No space left on device", "chunk"), 1, "the disk is full (chunk)"),
    ],
)
def test_interrupted_or_out_of_room_it_keeps_what_is_done(
    bench, fits, tmp_path, monkeypatch, error, code, message
):
    monkeypatch.setattr(fine_store, "CHUNK_BYTES", 1)
    rain_file(tmp_path / "rain.nc")
    command = ["apply", fits["frugal"], "rain.nc", "--out", "fine.zarr", *FLAGS]
    written = []

    def write(rain: Any, at: int, *rest: Any) -> None:
        if at == 7 and not written:
            written.append(at)
            raise error
        fine_store.write_block(rain, at, *rest)

    monkeypatch.setattr("downbench.downscaling.making.write_block", write)
    assert message in bench(*command, code=code).stderr
    result = json.loads(bench(*command, "--json").stdout)
    assert result["resumed"] is True
    assert open_zarr(tmp_path / "fine.zarr")["precipitation"].notnull().all()


def test_wrong_input_is_one_message_each(bench, fits, tmp_path):
    fine_relief = xr.Dataset({"topography": (("y", "x"), np.ones((32, 48), np.float32))})
    fine_relief.to_netcdf("relief.nc")
    rain_file(tmp_path / "rain.nc")

    def refused(file: str, *more: object, method: str = "batched", out: str = "fine.zarr") -> str:
        command = ["apply", fits[method], file, "--out", out, *FLAGS, *more]
        return bench(*command, code=2).stderr

    assert "rain.nc lacks topography, which the method was fitted with" in refused("rain.nc")
    assert "fine grid (32 x 48 cells) with --static FILE" in refused("rain.nc")
    rain_file(tmp_path / "dull.nc", UGRD10m=None)
    assert "dull.nc lacks UGRD10m, which" in refused("dull.nc", "--static", "relief.nc")
    dims = ("time", "lat", "lon")
    fast = (dims, np.ones((24, 4, 6), np.float32), {"units": "km h-1"})
    rain_file(tmp_path / "fast.nc", UGRD10m=fast)
    assert "UGRD10m is in 'km h-1'" in refused("fast.nc", "--static", "relief.nc")
    rain_file(tmp_path / "odd.nc", precipitation=(dims, np.ones((24, 4, 6)), {"units": "degC"}))
    assert "'degC' is not a unit of precipitation" in refused("odd.nc", method="frugal")
    rain_file(tmp_path / "unsorted.nc", lat=("lat", [3.0, 1.0, 2.0, 4.0]))
    assert "'lat' neither rises nor falls" in refused("unsorted.nc", method="frugal")
    moved = fine_relief.assign(lat=("y", 80.0 - np.arange(32)), lon=("x", 3.0 + np.arange(48) / 4))
    moved.to_netcdf("moved.nc")
    assert "moved.nc: its lat is up to" in refused("rain.nc", "--static", "moved.nc")
    assert "nowhere.nc does not exist" in refused("nowhere.nc")
    assert "'inch' is an amount of precipitation, not a rate" in refused("rain.nc", "--units", "inch")
    assert "'furlong' is not a unit of precipitation" in refused("rain.nc", "--units", "furlong")
    assert "no frames from 2030-01-01" in refused("rain.nc", "--start", "2030-01-01", method="frugal")
    assert "another configuration: scale (1.0 in the weights, 2.0 here)" in refused(
        "rain.nc", "--set", "frugal.scale=2", method="frugal"
    )
    assert "Breeze reads no coarse files" in refused("rain.nc", "-d", "breeze")
    (tmp_path / "mine").mkdir()
    assert "mine exists, and was not made by bench apply" in refused("rain.nc", method="frugal", out="mine")
    assert (
        "coarse.nc holds no fitted model"
        in bench("apply", shutil.copy("rain.nc", "coarse.nc"), "rain.nc", "--out", "fine.zarr", code=2).stderr
    )
    assert not list(tmp_path.glob("fine.zarr*"))
    bench("apply", fits["batched"], "rain.nc", "--out", "fine.zarr", "--static", "relief.nc", *FLAGS)


def test_a_failing_method_is_one_message(bench, fits, tmp_path, monkeypatch):
    rain_file(tmp_path / "rain.nc")
    monkeypatch.setattr("downbench.downscaling.making.Slices", lambda *_: 1 / 0)
    result = bench("apply", fits["frugal"], "rain.nc", "--out", "fine.zarr", *FLAGS, code=1)
    assert "ZeroDivisionError: division by zero" in result.stderr
    assert "Traceback" not in result.stderr


def test_dims_in_any_order_are_told_by_name(bench, fits, tmp_path):
    rain_file(tmp_path / "rain.nc")
    with xr.open_dataset("rain.nc") as data:
        data.transpose("lon", "time", "lat").rename(lon="longitude", lat="latitude").to_netcdf("turned.nc")
    for name in ("rain", "turned"):
        bench("apply", fits["frugal"], f"{name}.nc", "--out", f"{name}.zarr", "--members", 1, *FLAGS)
    one, other = (open_zarr(tmp_path / f"{name}.zarr")["precipitation"] for name in ("rain", "turned"))
    assert other.dims == ("member", "time", "latitude", "longitude")
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(one["lat"], other["latitude"])


def test_six_tiles_gaps_in_time_and_a_model_folder_alone(bench, fits, tmp_path):
    random = np.random.default_rng(1)
    times = np.datetime64("2020-01-01", "ns") + np.array([0, 1, 2, 3, 9, 10]) * np.timedelta64(3, "h")
    lat, lon = np.meshgrid(np.linspace(40, 44, 3), np.linspace(100, 104, 3), indexing="ij")
    shift = 10 * np.arange(6)[:, None, None]
    rain = random.gamma(0.5, 2, (6, 6, 3, 3))
    rain[2, 1, 1, 1] = np.nan
    data = xr.Dataset(
        {"precipitation": (("tile", "time", "grid_yt", "grid_xt"), rain.swapaxes(0, 1), {"units": "mm/day"})},
        {
            "time": times,
            "tile": np.arange(1, 7),
            "lat": (("tile", "grid_yt", "grid_xt"), lat - shift),
            "lon": (("tile", "grid_yt", "grid_xt"), lon + np.zeros_like(shift)),
        },
    )
    data.to_zarr("six.zarr", zarr_format=2)
    shutil.copytree(fits["frugal"] / "model", tmp_path / "anywhere")
    result = bench("apply", "anywhere", "six.zarr", "--out", "fine.zarr", "--members", 2, *FLAGS)
    assert "fitted on steps of 1 h, the file has steps of 3 h" in result.stderr
    fine = open_zarr(tmp_path / "fine.zarr")
    assert fine["precipitation"].dims == ("member", "time", "tile", "grid_yt", "grid_xt")
    np.testing.assert_array_equal(fine["tile"], np.arange(1, 7))
    np.testing.assert_allclose(fine["lat"].isel(tile=3).mean(), 42 - 30, atol=0.01)
    assert fine["lat"].dims == ("tile", "grid_yt", "grid_xt")
    holes = np.argwhere(np.isnan(fine["precipitation"].to_numpy()[0]))
    np.testing.assert_array_equal(np.unique(holes[:, :2], axis=0), [[2, 1]])
    assert len(holes) == 64
    # the frame after the gap has no past, as if the record began there
    data.isel(time=slice(4, None)).to_zarr("after.zarr", zarr_format=2)
    bench("apply", "anywhere", "after.zarr", "--out", "later.zarr", "--members", 2, *FLAGS)
    later = open_zarr(tmp_path / "later.zarr")["precipitation"]
    xr.testing.assert_identical(later, fine["precipitation"].isel(time=slice(4, None)))


@pytest.mark.parametrize("out", ["fine.zarr", "fine.nc"])
def test_damage_of_the_output_is_noticed_by_whoever_reads_it(bench, fits, tmp_path, out):
    command = ("apply", fits["frugal"], rain_file(tmp_path / "rain.nc", size=(8, 8)), "--out", out, *FLAGS)
    bench(*command)
    path = tmp_path / out
    file = chunk_of(path) if path.is_dir() else path
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(Exception, match=r"(?i)checksum|filter|HDF error"):
        (xr.open_zarr(path) if path.is_dir() else xr.open_dataset(path)).load()
    if path.is_dir():
        file.unlink()
        assert "1 of its chunks are missing" in bench(*command, code=1).stderr


def chunk_of(store):
    """The largest chunk of rain."""
    files = (file for file in (store / "precipitation" / "c").rglob("*") if file.is_file())
    return max(files, key=lambda file: file.stat().st_size)
