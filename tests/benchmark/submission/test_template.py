"""The empty file says all that a reader must know, and is small."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from folders import TOY
from submission_world import small_frames

from downbench.cli.commands.template import size_text
from downbench.errors import UserError
from downbench.plugins.session import configure
from downbench.submission.target import open_target
from downbench.submission.template import write_template
from downbench.submission.validate import validate


@pytest.mark.parametrize("name", ["mine.nc", "mine.zarr"])
def test_it_is_empty_small_and_tied_to_its_data(name: str, tmp_path: Path) -> None:
    frames = small_frames(2)
    written = write_template(frames, tmp_path / name, members=2000)
    assert written["variables"] == {"precipitation": [2000, 10, 2, 32, 32]}
    assert written["bytes"] > 100e6
    size = sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
    assert size < 1e6
    engine = "netcdf4" if name.endswith("nc") else "zarr"
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        data = xr.open_dataset(tmp_path / name, engine=engine, chunks={})
    assert data.attrs["downbench_fingerprint"] == frames.dataset.fingerprint()
    np.testing.assert_array_equal(data["time"], frames.sequences[0].times)
    assert data["precipitation"].attrs["units"] == "mm h-1"
    data.close()
    [finding] = validate(tmp_path / name, frames, members=1).findings
    assert finding.check == "empty", "that it is not filled is all that is wrong with it"
    with pytest.raises(UserError, match="exists already"):
        write_template(frames, tmp_path / name, members=1)


def test_sequences_that_share_times_have_variables_of_their_own(tmp_path: Path) -> None:
    configure((TOY,))
    frames = open_target("toy", None, None, None, None, ["toy.sequences=2", "toy.frames=20"], None, [])
    configure()
    write_template(frames, tmp_path / "two.nc", members=1)
    with xr.open_dataset(tmp_path / "two.nc") as data:
        assert sorted(map(str, data.data_vars)) == ["s0", "s1"]
        data["s0"].to_netcdf(tmp_path / "one.nc")
    assert [finding.check for finding in validate(tmp_path / "two.nc", frames).findings] == ["empty"]
    [finding] = validate(tmp_path / "one.nc", frames).findings
    assert finding.check == "sequences"


def test_one_says_what_predictions_are_for() -> None:
    for words in ((None, None, None, None, None), ("toy", None, Path("truth.nc"), None, None)):
        with pytest.raises(UserError, match="say what the predictions are for"):
            open_target(*words, [], None, [])
    with pytest.raises(UserError, match="belong to --truth"):
        open_target("toy", None, None, None, 4, [], None, [])


@pytest.mark.parametrize(
    ("number", "text"), [(96, "96 bytes"), (393_216, "393 kB"), (2.5e9, "2.5 GB"), (4e15, "4e+03 TB")]
)
def test_its_size_is_told_in_a_unit_that_fits(number: float, text: str) -> None:
    assert size_text(number) == text
