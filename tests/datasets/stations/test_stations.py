"""Gauges as truth: the table, the weights, and the scores that gridded predictions get at them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from downbench import UserError, open_dataset
from downbench.cli.main import main
from downbench.findings.stored_run import open_run
from downbench.plugins.session import configure
from downbench.submission.points import find_points
from downbench.submission.predictions import find_predictions
from downbench.submission.target import open_target
from downbench_datasets.stations.density import density_weights
from downbench_datasets.stations.stations import Stations
from downbench_datasets.stations.table import read_gauges

TIMES = pd.date_range("2021-06-01", periods=12, freq="1h")
LATITUDE, LONGITUDE = 50 - 0.1 * np.arange(20), 5 + 0.1 * np.arange(30)
PLACES = {"A": (49.93, 5.12), "B": (48.52, 7.77), "C": (49.08, 6.41), "D": (49.09, 6.42)}
GRAPES = np.random.default_rng(2)


def table() -> pd.DataFrame:
    rows = [
        (name, *place, time, round(float(GRAPES.gamma(0.5, 2)), 2))
        for name, place in PLACES.items()
        for time in TIMES
    ]
    return pd.DataFrame(rows, columns=["station", "latitude", "longitude", "time", "precipitation"])


def predictions() -> xr.Dataset:
    rain = GRAPES.gamma(0.5, 2, (4, 12, 20, 30)).astype(np.float32)
    data = xr.Dataset({"pr": (("member", "time", "lat", "lon"), rain, {"units": "mm h-1"})})
    return data.assign_coords(time=TIMES, lat=LATITUDE, lon=LONGITUDE)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gauges")
    table().iloc[1:].to_csv(folder / "gauges.csv", index=False)  # station A says nothing at first
    predictions().to_netcdf(folder / "mine.nc")
    return folder


@pytest.fixture(scope="module")
def scored(world: Path) -> Path:
    line = ["submit", "mine.nc", "--truth", "gauges.csv", "--name", "mine"]
    wanted = ["crps", "bias", "mse", "brier", "ranks", "fss", "psd", "sae", "crps-skill", "energy-score"]
    words = [str(world / word) if word in ("mine.nc", "gauges.csv") else word for word in line]
    metrics = [word for name in wanted for word in ("--metric", name)]
    code = main([*words, *metrics, "--runs", str(world / "runs")])
    configure()
    assert code == 0
    return next((world / "runs").rglob("run.json")).parent


def test_scores_are_those_of_the_nearest_cells_weighted_by_density(world: Path, scored: Path) -> None:
    gauges = pd.read_csv(world / "gauges.csv", parse_dates=["time"])
    mine = xr.load_dataset(world / "mine.nc")["pr"]
    weights = dict(zip(sorted(PLACES), density_weights(*np.array(list(PLACES.values())).T), strict=True))
    total, scores = 0.0, 0.0
    for row in gauges.itertuples():
        members = mine.sel(time=row.time).sel(lat=row.latitude, lon=row.longitude, method="nearest")
        spread = np.abs(members.to_numpy()[:, None] - members.to_numpy()).sum() / (2 * 4 * 3)
        total += weights[row.station]
        scores += weights[row.station] * (float(abs(members - row.precipitation).mean()) - spread)
    rows = open_run(scored).record.scores
    [crps] = [
        row.value for row in rows if row.metric == "crps" and (row.region, row.season) == ("all", "all")
    ]
    assert crps == pytest.approx(scores / total, rel=1e-5)


def test_metrics_that_need_neighbours_say_so_and_the_others_have_values(scored: Path) -> None:
    record = open_run(scored).record
    whole = [row for row in record.scores if (row.region, row.season) == ("all", "all")]
    null = {row.metric for row in whole if row.reason and "stations do not have" in row.reason}
    assert null == {"fss", "psd", "sae", "crps-skill", "energy-score"}
    assert {row.metric for row in whole if row.value is not None} >= {"crps", "bias", "mse", "brier", "ranks"}
    assert "nearest cell" in record.dataset.relation_text


def test_a_run_at_stations_is_verified_like_any_other(scored: Path) -> None:
    assert main(["verify", str(scored)]) == 0
    configure()


def test_a_cluster_weighs_about_as_much_as_one_station() -> None:
    alone = np.array([[50.0, 5.0], [51.0, 7.0], [49.0, 8.0], [52.0, 4.0]])
    cluster = np.array([[50.5, 6.0]]) + 0.001 * GRAPES.standard_normal((40, 2))
    weights = density_weights(*np.concatenate([alone, cluster]).T)
    assert weights.sum() == pytest.approx(44)
    assert weights[4:].sum() == pytest.approx(weights[:4].mean(), rel=0.5)
    np.testing.assert_allclose(density_weights(*alone.T), 1, rtol=0.3)
    np.testing.assert_array_equal(density_weights(np.full(3, 50.0), np.full(3, 5.0)), 1)
    twice = density_weights(*np.concatenate([alone, alone[:1]]).T)
    assert twice[0] == twice[4] == pytest.approx(twice[1] / 2, rel=0.1), "one place shares the weight of one"


def test_stations_lie_in_the_nearest_cell_or_are_refused(world: Path, tmp_path: Path) -> None:
    frames = open_target(None, None, world / "gauges.csv", None, None, [], None, [])
    found = find_predictions(world / "mine.nc", frames)
    points = find_points(found.sequences["stations"].variable, frames.sequences[0])
    assert (points.y.tolist(), points.x.tolist()) == ([1, 15, 9, 9], [1, 28, 14, 14])
    found.close()
    predictions().isel(lat=slice(14)).to_netcdf(tmp_path / "small.nc")
    refused = find_predictions(tmp_path / "small.nc", frames)
    assert [(one.check, one.message[:6]) for one in refused.findings] == [("stations", "1 of 4")]


def test_the_table_becomes_an_even_record(world: Path, tmp_path: Path) -> None:
    gauges = read_gauges(world / "gauges.csv", "mm/h")
    assert gauges.names == ("A", "B", "C", "D")
    assert np.isnan(gauges.rain).sum() == 1
    part = table().drop(index=[3, 5]).sample(frac=1, random_state=0)
    part.assign(precipitation=part["precipitation"] * 24).to_csv(tmp_path / "day.csv", index=False)
    whole = read_gauges(tmp_path / "day.csv", "mm/day")
    assert whole.rain.shape == (12, 4)
    assert whole.step == np.timedelta64(1, "h")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.rename(columns={"time": "when"}), "no column 'time'"),
        (lambda t: t.assign(latitude=t["latitude"].where(t.index != 2, 40.0)), "more than one place"),
        (lambda t: pd.concat([t, t.iloc[:1]]), "two values"),
        (lambda t: t.assign(time=t["time"].where(t.index != 2, TIMES[2] + pd.Timedelta("7min"))), "steps of"),
        (lambda t: t.assign(latitude=t["latitude"] + 60), "is none"),
        (lambda t: t.assign(precipitation=-9999.0), "below"),
        (lambda t: t.assign(time=t["time"].dt.strftime("%d/%m/%Y %H:%M")), "is not ISO8601"),
        (lambda t: t.assign(time=t["time"].astype("int64")), "is not ISO8601"),
        (lambda t: t.assign(precipitation=t["precipitation"].astype(str).str.replace(".", ",")), "a point"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(change, said: str, tmp_path: Path) -> None:
    change(table()).to_csv(tmp_path / "bad.csv", index=False)
    with pytest.raises(UserError, match=said):
        open_dataset("stations", tmp_path / "bad.csv")


@pytest.mark.parametrize("form", ["comma", "extra", "windows"])
def test_columns_are_those_of_the_head_whatever_ends_a_line(form: str, tmp_path: Path) -> None:
    """A comma or a column too many in the lines would shift all columns by one."""
    rows = table()
    path = tmp_path / "gauges.csv"
    rows.to_csv(path, index=False)
    head, *lines = path.read_text().strip().split("\n")
    ending = {"comma": ",", "extra": ",A", "windows": "\r"}[form]
    first = "\ufeff" + head + ("\r" if form == "windows" else "")
    odd = tmp_path / "odd.csv"
    odd.write_bytes(("\n".join([first, *(line + ending for line in lines)]) + "\n").encode())
    np.testing.assert_array_equal(read_gauges(odd, "mm/h").rain, read_gauges(path, "mm/h").rain)


def test_a_table_that_is_parted_by_semicolons_is_told_what_it_has(tmp_path: Path) -> None:
    table().to_csv(tmp_path / "bad.csv", index=False, sep=";")
    with pytest.raises(UserError, match=r"but 'station;latitude;longitude;time;precipitation'\n.*commas"):
        read_gauges(tmp_path / "bad.csv", "mm/h")


@pytest.mark.parametrize(
    "form", ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S+00:00", "%Y%m%dT%H%M", " %Y-%m-%d %H:%M"]
)
def test_times_of_tables_are_those_that_are_written(form: str, tmp_path: Path) -> None:
    written = table().assign(time=lambda t: t["time"].dt.strftime(form)).rename(columns={"time": "Time"})
    written.to_csv(tmp_path / "good.csv", index=False)
    times = read_gauges(tmp_path / "good.csv", "mm/h").times
    np.testing.assert_array_equal(times, TIMES.to_numpy().astype("datetime64[s]"))


def test_the_content_and_how_it_is_read_are_the_fingerprint(world: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes((world / "gauges.csv").read_bytes())
    one, copy = (open_dataset("stations", path) for path in (world / "gauges.csv", other))
    assert isinstance(one, Stations)
    assert one.fingerprint() == copy.fingerprint()
    changed = open_dataset("stations", other, {"units": "mm/day"})
    assert changed.fingerprint() != copy.fingerprint()


def test_methods_are_refused_since_they_would_be_handed_the_truth(
    world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["run", "-m", "nearest", "-d", "stations", "--data-root", str(world / "gauges.csv")]
    assert main([*line, "--no-controls", "--runs", str(world / "none")]) == 2
    configure()
    assert "bench submit" in capsys.readouterr().err
