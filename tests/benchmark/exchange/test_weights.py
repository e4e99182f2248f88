"""The model of a run as weights with a name: half as large where no score changes, applied like the run."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from downbench import UserError
from downbench.exchange import weights as module
from downbench.exchange.weights import export_weights
from downbench.findings.stored_run import open_run
from downbench.models.model_card import ModelCard
from downbench.store.record import read_record

NAME = "unet@hills"


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A network that was fitted for a few steps."""
    from downbench.cli.main import main

    folder = tmp_path_factory.mktemp("fitted")
    random = np.random.default_rng(4)
    rain = np.maximum(random.normal(0, 3, (40, 32, 32)), 0).astype(np.float32)
    truth = xr.Dataset(
        {"precipitation": (("time", "y", "x"), rain, {"units": "mm h-1"})},
        {
            "time": np.datetime64("2020-01-01", "ns") + np.arange(40) * np.timedelta64(1, "h"),
            "y": ("y", 1000.0 * np.arange(32), {"units": "m"}),
            "x": ("x", 1000.0 * np.arange(32), {"units": "m"}),
        },
    )
    truth.to_netcdf(folder / "truth.nc")
    coarse = truth.coarsen(y=8, x=8).mean()
    coarse["precipitation"].attrs["units"] = "mm h-1"
    coarse.to_netcdf(folder / "coarse.nc")
    words = ["run", "-m", "unet", "-d", "files", "--data-root", str(folder / "truth.nc"), "--preset", "smoke"]
    words += ["--no-controls", "--metric", "crps", "--metric", "bias", "--runs", str(folder / "runs")]
    assert main(words) == 0
    [path] = folder.rglob("run.json")
    return path.parent


@pytest.fixture(scope="module")
def exported(run, tmp_path_factory):
    return export_weights(open_run(run), NAME, tmp_path_factory.mktemp("weights"), limit=2)


def size(model: Path) -> int:
    return (model / "weights.safetensors").stat().st_size


def test_half_the_size_where_no_score_changes(run, exported):
    assert (exported.half, dict(exported.changes), exported.scores > 1) == (True, {}, True)
    assert 0.45 < size(exported.directory) / size(run.parents[3] / "model") < 0.6
    card = read_record(exported.directory / "model.json", ModelCard)
    assert card.precision.startswith("half: no score")
    assert card.training == read_record(run.parents[3] / "model" / "model.json", ModelCard).training


def test_applied_by_name_it_gives_the_rain_of_the_run(bench, run, exported, monkeypatch, tmp_path):
    """To the third digit, in which half precision rounds."""
    monkeypatch.setenv("DOWNBENCH_WEIGHTS", str(exported.directory.parent))
    coarse = run.parents[7] / "coarse.nc"
    bench("apply", NAME, coarse)
    bench("apply", run, coarse, "--out", "fine.zarr")
    named, own = (xr.open_zarr(tmp_path / n, consolidated=False) for n in ("coarse-fine.zarr", "fine.zarr"))
    np.testing.assert_allclose(named["precipitation"], own["precipitation"], rtol=1e-2, atol=1e-2)
    assert float(own["precipitation"].max()) > 0.1
    error = bench("apply", "unet@hill", coarse, code=2).stderr
    assert "did you mean unet@hills?" in error


def test_as_fitted_where_a_score_changes(run, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RELATIVE", 0.0)
    monkeypatch.setattr(module, "ABSOLUTE", 0.0)
    done = export_weights(open_run(run), NAME, tmp_path, limit=2)
    assert done.half is False
    assert "crps" in done.changes
    assert size(done.directory) == size(run.parents[3] / "model")
    assert read_record(done.directory / "model.json", ModelCard).precision.startswith("single")


def test_names_that_are_none_or_taken(run, exported):
    for name in ("hills", "unet@", "ofdiff@hills", "unet@../x"):
        with pytest.raises(UserError, match="is no name for weights of unet"):
            export_weights(open_run(run), name, exported.directory.parent)
    with pytest.raises(UserError, match="is there already"):
        export_weights(open_run(run), NAME, exported.directory.parent)


def test_the_command_says_what_came_out(bench, run, exported, monkeypatch, tmp_path):
    done = module.Exported(tmp_path, 5, False, {"crps": (0.1, 0.2)}, 3)
    monkeypatch.setattr(module, "export_weights", lambda *_: done)
    text = bench("weights", run, "--as", NAME, "--into", tmp_path).stdout
    assert "3 scores compared" in text
    assert "crps: 0.1 as fitted, 0.2 in half precision" in text
    said = json.loads(bench("weights", run, "--as", NAME, "--into", tmp_path, "--json").stdout)
    assert said["changes"] == {"crps": [0.1, 0.2]}
