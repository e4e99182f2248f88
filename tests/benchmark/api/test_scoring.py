"""What is scored in memory has the numbers of a run, and what does not fit is refused by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from python_runs import METRICS, SPLITS, rain

import downbench
from downbench import DownbenchWarning, UserError
from downbench.api.ensembles import find_ensembles
from downbench.api.scoring import dataset_of, score
from downbench.scoring.frames import open_frames


def same(ours, theirs):
    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


@pytest.mark.parametrize("method", ["noisy", "nearest"])
def test_the_numbers_are_those_of_a_run_to_the_last_digit(made, method):
    run = made.runs[method]
    ours = score(run.predictions(), xr.open_dataset(made.file), 4, metric=METRICS, region="south=0,45,12,50")
    same(ours, run.scores)
    assert ours["value"].notna().sum() >= 10


def test_other_units_order_of_dims_and_a_dataset_change_nothing(made):
    run = made.runs["noisy"]
    stored = run.predictions()
    [name] = stored.data_vars
    moved = stored[name].isel(tile=0, drop=True).transpose("y", "x", "time", "member")
    dataset = downbench.open_dataset("files", made.file, {k[6:]: v for k, v in SPLITS.items()})
    ours = score(moved.isel(time=slice(None, None, -1)), dataset, metric="crps")
    theirs = run.scores.query("metric == 'crps' and region != 'south'").reset_index(drop=True)
    same(ours, theirs)
    days = (moved * 24).assign_attrs(units="mm/day")
    again = score(days, rain() * 24, 4, metric="crps")  # without units it is taken as it is
    np.testing.assert_allclose(score(days, rain(), 4, metric="crps")["value"], theirs["value"], rtol=1e-6)
    assert float(again["value"][0]) != pytest.approx(float(theirs["value"][0]), rel=0.5)


def test_coarse_rain_of_its_own_is_what_recoarsening_is_held_against():
    fine = rain()
    coarse = fine.coarsen(lat=4, lon=4).mean().assign_attrs(units="mm/h") * 1.5
    found = score(fine.expand_dims(member=2), fine, coarse.assign_attrs(units="mm/h"), metric="recoarsening")
    own = score(fine.expand_dims(member=2), fine, 4, metric="recoarsening")
    assert found["value"].iloc[0] > 0.1
    assert own["value"].iloc[0] == pytest.approx(0, abs=1e-6)


def test_negative_rain_is_clipped_as_in_a_run():
    fine = rain()
    lower = fine.where(fine > 0, -0.5)
    assert score(lower, fine, 4, metric="mse")["value"].iloc[0] == 0


PERFECT = rain().rename(lat="y", lon="x")


@pytest.mark.parametrize(
    ("predictions", "message"),
    [
        (rain().isel(time=slice(3, None)), "3 of 14 frames are missing, the first at 2021-06-01T03:00:00"),
        (rain().isel(lon=slice(0, 36)), "32 x 36 cells"),
        (rain().assign_attrs(units="K"), "'K' is not a unit of precipitation"),
        (rain().rename(lon="station"), "has a dim 'station' of 40, which is none of"),
        (rain().drop_vars("time").isel(time=slice(2, None)), "12 frames without times, where 14"),
        (rain().where(rain() < 3), "a member is missing or infinite"),
        (xr.Dataset({"a": rain(), "b": rain()}), "not clear which variable is the rain"),
        (rain().assign_coords(lat=rain()["lat"] + 3), "Latitudes or longitudes are not those"),
    ],
)
def test_predictions_that_do_not_fit_are_refused(predictions, message):
    with pytest.raises(UserError, match=message):
        score(predictions, rain(), 4, metric="crps")


def test_rows_the_other_way_are_read_rightly_by_their_coordinates():
    turned = rain().isel(lat=slice(None, None, -1), lon=slice(None, None, -1))
    assert score(turned, rain(), 4, metric="mse")["value"].iloc[0] == 0


def test_amounts_and_missing_coordinates_are_told():
    with pytest.warns(DownbenchWarning, match="those of an amount"):
        score((rain() * 3).assign_attrs(units="mm"), rain(), 4, metric="mse")
    bare = rain().rename(lat="y", lon="x").drop_vars(["y", "x"])
    with pytest.warns(DownbenchWarning, match="no latitudes and longitudes"):
        assert score(bare, rain(), 4, metric="mse")["value"].iloc[0] == 0


@pytest.mark.parametrize(
    ("truth", "coarse", "message"),
    [
        (rain(), None, "coarse rain is missing"),
        (rain(), 7, "not a multiple of the factor 7"),
        (rain(), 1, "1 is no factor"),
        (rain(), rain().isel(lat=slice(0, 9)), "no whole number of cells"),
        (rain().assign_attrs(units="K"), 4, "K"),
        (rain().drop_vars("time"), 4, "time"),
    ],
)
def test_truth_that_does_not_fit_is_refused(truth, coarse, message):
    with pytest.raises(UserError, match=message):
        score(rain(), truth, coarse, metric="crps")


def test_a_dataset_has_coarse_rain_of_its_own():
    dataset = dataset_of(rain(), 4)
    with pytest.raises(UserError, match="coarse rain of its own"):
        dataset_of(dataset, 4)


def test_arrays_go_to_the_sequences_of_their_names():
    with_gap = rain().isel(time=[*range(6), *range(8, 14)])
    frames = open_frames(dataset_of(with_gap, 4), None)
    names = [sequence.name for sequence in frames.sequences]
    assert len(names) == 2
    fields = {names[0]: with_gap[:6], names[1]: with_gap[6:] * 2}
    found = find_ensembles(fields, frames)
    for name in names:
        read = found.sequences[name].read(0, slice(0, 6), 1)
        np.testing.assert_array_equal(read[0], fields[name].to_numpy())
