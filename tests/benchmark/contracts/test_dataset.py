"""A sequence whose coarse and fine fields do not belong together cannot be made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
import zarr
from sequences import make_sequence

from downbench import UserError
from downbench.contracts.configuration import Config
from downbench.contracts.dataset import Dataset

WHOLE = make_sequence(np.zeros((4, 2, 16, 24), np.float32), warmup=1)
HOUR = np.timedelta64(1, "h")


def test_the_warm_up_comes_before_the_first_fine_frame():
    assert (WHOLE.coarse.sizes["time"], len(WHOLE.times)) == (5, 4)
    assert WHOLE.times[0] - WHOLE.coarse["time"].to_numpy()[0] == HOUR


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *(
            ({"name": name}, "cannot be the name of a folder")
            for name in ("../up", "", "..", "__s", "a\n", "\ud800")
        ),
        ({"coarse": WHOLE.coarse.rename(precipitation="rain")}, "lack 'precipitation'"),
        ({"fine": WHOLE.fine.transpose("tile", "time", "y", "x")}, "need the dims"),
        ({"fine": WHOLE.fine.assign_coords(time=WHOLE.fine["time"] + HOUR)}, "times do not match"),
        ({"warmup": 0}, "times do not match"),
        ({"fine": WHOLE.fine.assign_coords(tile=[1, 0])}, "tiles"),
        ({"fine": WHOLE.fine[..., :20]}, "20 fine cells in x"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_name_of_the_sequence(change, message):
    with pytest.raises(UserError, match=message) as caught:
        replace(WHOLE, **change)
    assert repr(change.get("name", "s")) in str(caught.value)


@pytest.mark.parametrize("name", ["my rain", "дождь 雨", "-rain", ".hidden", "a..b", "50%"])
def test_names_of_any_alphabet_hold_predictions(name, tmp_path):
    group = zarr.open_group(tmp_path, mode="w")
    group.create_array(replace(WHOLE, name=name).name, data=np.arange(3))
    assert list(zarr.open_group(tmp_path, mode="r")[name][:]) == [0, 1, 2]


def test_a_gap_in_time_is_refused():
    chosen = [0, 1, 3]
    with pytest.raises(UserError, match="not evenly spaced"):
        replace(WHOLE, coarse=WHOLE.coarse.isel(time=[0, 1, 2, 4]), fine=WHOLE.fine.isel(time=chosen))


def at_times(times):
    """The first four frames, at these times."""
    coarse, fine = (
        field.isel(time=slice(0, 4)).assign_coords(time=times) for field in (WHOLE.coarse, WHOLE.fine)
    )
    return {"coarse": coarse, "fine": fine, "warmup": 0}


def test_times_that_are_no_dates_of_numpy_are_refused_with_what_makes_them():
    for times in (np.arange(4), xr.date_range("2001-02-28", periods=4, calendar="360_day", use_cftime=True)):
        with pytest.raises(UserError, match=r"(?s)'s': its times are of the type .* no dates.*to_times"):
            replace(WHOLE, **at_times(times))


def test_times_that_run_backwards_are_refused():
    with pytest.raises(UserError, match=r"(?s)'s': its times run backwards.*sortby"):
        replace(WHOLE, **at_times(WHOLE.times[::-1]))


def test_coarse_frames_may_last_several_fine_ones_and_bear_the_time_of_the_last():
    six = make_sequence(np.zeros((6, 16, 16), np.float32))
    change = {"coarse": six.coarse.isel(time=[2, 5]), "time_factor": 3}
    days = replace(six, **change)
    assert days.coarse_frames(slice(1, 5)).tolist() == [0, 0, 1, 1]
    for wrong in ({"coarse": six.coarse.isel(time=[0, 3])}, {"fine": six.fine[:5]}, {"time_factor": 2}):
        with pytest.raises(UserError, match="times do not match"):
            replace(six, **(change | wrong))


def test_tiles_without_labels_are_taken_in_their_order():
    bare = replace(WHOLE, fine=WHOLE.fine.drop_vars("tile"))
    assert bare.fine.sizes["tile"] == 2


class Least(Dataset):
    """Only what must be there."""

    name = "least"

    def open(self, split):
        """Nothing."""
        return ()

    def fingerprint(self):
        """Constant."""
        return "0"


def test_a_label_names_the_variant_where_there_is_one():
    least = Least(Config())
    assert least.label == "least"
    least.variant = "stand-in"
    assert least.label == "least (stand-in)"


def test_a_dataset_that_reads_no_coarse_files_says_so(tmp_path):
    assert Least(Config()).regions(xr.Dataset()) == {}
    with pytest.raises(UserError, match="Least reads no coarse files"):
        Least.open_coarse(tmp_path / "x.nc", Config(), 8, ["precipitation"])
