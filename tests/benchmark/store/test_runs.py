"""The index of a folder of runs: in order, with the reason for each that cannot be read."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from records import write_content

from downbench.store.run_directory import EXAMPLES, FAILURE, RUN
from downbench.store.runs import find_runs


def directory(root, method, fit="f"):
    path = root / "d" / method / fit / "samples" / "s" / "scores" / "c"
    path.mkdir(parents=True)
    return path


def test_scored_runs_come_before_failed_ones_each_in_order(tmp_path):
    for method in ("b", "a"):
        write_content(directory(tmp_path, method) / RUN, {"schema_version": 1, "method": method})
    write_content(tmp_path / "d" / "a" / "f" / FAILURE, {"schema_version": 1, "status": "failed"})
    runs = find_runs(tmp_path)
    assert [run.run.get("method") for run in runs] == ["a", "b", None]
    assert runs[2].directory == tmp_path / "d" / "a" / "f"
    assert runs[2].run["status"] == "failed"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "run.json"),
        ("[1]", "run.json"),
        (json.dumps({"schema_version": 99}), "schema version 99"),
        (json.dumps({"schema_version": 1, "digest": "0" * 64, "seed": 3}), "not what was written"),
        ("\x00", "run.json"),
    ],
)
def test_a_damaged_record_is_listed_with_its_reason(tmp_path, text, reason):
    (directory(tmp_path, "a") / RUN).write_text(text)
    write_content(directory(tmp_path, "b") / RUN, {"schema_version": 1})
    damaged, whole = find_runs(tmp_path)
    assert damaged.run is None
    assert reason in damaged.reason
    assert whole.run is not None


def test_examples_come_back_as_they_were_kept(tmp_path):
    folder = directory(tmp_path, "a")
    write_content(folder / RUN, {"schema_version": 1})
    (run,) = find_runs(tmp_path)
    assert run.examples() is None
    kept = xr.Dataset({"truth": (("time", "y"), np.arange(6.0).reshape(2, 3))}, attrs={"tile": 3})
    kept.to_zarr(folder / EXAMPLES, zarr_format=3, consolidated=False)
    xr.testing.assert_identical(run.examples(), kept)


def test_an_empty_folder_holds_no_runs(tmp_path):
    assert find_runs(tmp_path) == []
    assert find_runs(tmp_path / "nowhere") == []
