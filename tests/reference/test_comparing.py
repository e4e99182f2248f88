"""The same means in every bit, and a difference is named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr
from safetensors.numpy import save_file


def model(folder: Path, weight: float, **fitted: object) -> Path:
    folder.mkdir()
    save_file({"a": np.zeros(3, np.float32), "b": np.full(2, weight, np.float32)}, folder / "w.safetensors")
    (folder / "log.jsonl").write_text(json.dumps({"loss": 1.5, "seconds": weight}) + "\n")
    (folder / "fitted.json").write_text(json.dumps(fitted))
    (folder / "model.json").write_text(str(folder))
    return folder


def test_models_are_the_same_but_for_times_versions_and_options_that_one_side_lacks(tmp_path):
    from comparing import of_models

    one = model(tmp_path / "1", 1.0, scale=[0.1, float("nan")])
    assert of_models(one, one) == ""
    assert of_models(one, model(tmp_path / "2", 1.0, scale=[0.1, float("nan")], more=1)) == ""
    least = float(np.nextafter(np.float32(1), np.float32(2)))
    assert of_models(one, model(tmp_path / "3", least, scale=[0.1])) == "weights (w.safetensors: b)"
    assert of_models(one, model(tmp_path / "4", 1.0, scale=[0.2])) == "weights (fitted.json: fitted)"
    (tmp_path / "4" / "further.bin").write_bytes(b"")
    assert of_models(one, tmp_path / "4") == "only one of the models has further.bin"


def test_samples_are_the_same_with_their_gaps_and_differ_by_a_bit(tmp_path):
    from comparing import of_samples

    rain = np.array([[0.0, np.nan], [1.0, 2.0]], np.float32)
    for name, values in (("1", rain), ("2", rain.copy()), ("3", np.nextafter(rain, np.float32(9)))):
        tree = xr.DataTree.from_dict({"/gaps": xr.Dataset({"rain": (("y", "x"), values)})})
        tree.to_zarr(tmp_path / name)
    assert of_samples(tmp_path / "1", tmp_path / "2") == ""
    assert of_samples(tmp_path / "1", tmp_path / "3") == "samples (/gaps/rain)"
