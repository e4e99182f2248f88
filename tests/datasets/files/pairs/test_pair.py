"""Coarse and fine rain of different sources: on one grid, at the same times, with what is said of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml

from downbench import UserError, block_mean, build_config
from downbench.scoring.frames import open_frames
from downbench_datasets.files.pairs.nesting import nesting
from downbench_datasets.files.pairs.pair import find_file
from downbench_datasets.files.pairs.place import Place
from downbench_datasets.files.rain_files import RainFiles

LAT, LON = 50 - (np.arange(16) + 0.5) / 4, 4 + (np.arange(24) + 0.5) / 4
AREA = np.broadcast_to(np.abs(np.diff(np.sin(np.deg2rad(50 - np.arange(17) / 4))))[:, None], (16, 24))
FINE = np.random.default_rng(0).gamma(0.5, 2.0, (48, 16, 24)).astype(np.float32)


def record(
    path: Path,
    rain: np.ndarray,
    lat: np.ndarray,
    lon: np.ndarray,
    hours: float = 1,
    first: float = 0,
    **attrs: str,
) -> Path:
    """Rain whose intervals are stated."""
    ends = np.datetime64("2020-06-01", "m") + ((first + hours * np.arange(1, len(rain) + 1)) * 60).astype(int)
    starts = ends - np.timedelta64(int(hours * 60), "m")
    dataset = xr.Dataset(
        {
            "pr": (("time", "lat", "lon"), rain, {"units": "mm/h", **attrs}),
            "time_bnds": (("time", "bnds"), np.stack([starts, ends], 1).astype("datetime64[ns]")),
        },
        {
            "time": ("time", ends.astype("datetime64[ns]"), {"bounds": "time_bnds"}),
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )
    dataset["time"].encoding = {"units": "minutes since 2020-01-01", "calendar": "standard"}
    dataset.to_netcdf(path)
    return path


def read(root: Path, **settings: Any) -> RainFiles:
    return RainFiles(build_config("files", RainFiles.Config, {}, None, settings), root)


@pytest.fixture
def fine(tmp_path: Path) -> Path:
    return record(tmp_path / "fine.nc", FINE, LAT, LON)


def everything(dataset: RainFiles) -> tuple[np.ndarray, np.ndarray]:
    """Fine and coarse rain of all splits without their warm-up, in order of time."""
    opened = [dataset.open(split)[0] for split in ("train", "validation", "test")]
    coarse = [one.coarse["precipitation"][one.warmup :, 0].to_numpy() for one in opened]
    return np.concatenate([one.fine[:, 0].to_numpy() for one in opened]), np.concatenate(coarse)


def test_a_coarse_grid_that_is_shifted_turned_and_finer_in_time_is_brought_onto_the_blocks(
    fine: Path, tmp_path: Path
) -> None:
    """Half-hourly, from south to north, 0 to 360 degrees, cells of 1 degree half a cell aside: by hand."""
    lat, lon = np.arange(44.5, 52), np.arange(3.5, 12)
    rain = np.random.default_rng(1).gamma(0.5, 2.0, (2 * 48, len(lat), len(lon))).astype(np.float32)
    record(tmp_path / "other.nc", rain, lat, lon + 360, hours=0.5)
    dataset = read(fine, factor=8, gap=1, coarse="other.nc")
    assert not dataset.coarse_is_mean
    assert dataset.time_factor == 1
    got = everything(dataset)[1]
    frames = np.concatenate([one.times for s in ("train", "validation", "test") for one in dataset.open(s)])
    index = ((frames - np.datetime64("2020-06-01T01")) / np.timedelta64(1, "h")).astype(int)
    hourly = rain.reshape(48, 2, len(lat), len(lon)).mean(1)[index]
    # blocks of 2 degrees: 50 to 48 and 48 to 46 north, 4 to 6, ... east; source cells begin at whole degrees
    weights = np.abs(np.diff(np.sin(np.deg2rad(np.arange(44, 53)))))
    for row, south in enumerate((48, 46)):
        for column, west in enumerate((4, 6, 8)):
            y, x = slice(south - 44, south - 42), slice(west - 3, west - 1)
            expected = np.average(hourly[:, y, x].mean(2), axis=1, weights=weights[y])
            np.testing.assert_allclose(got[:, row, column], expected, rtol=1e-5)
    assert any("regridded conservatively from cells of 1 x 1 degrees" in note for note in dataset.notes)
    assert "2 coarse frames are averaged to a fine one" in dataset.notes


def test_the_mean_of_the_fine_from_a_file_of_its_own_is_measured_to_be_a_perfect_model(
    fine: Path, tmp_path: Path
) -> None:
    lat, lon = LAT.reshape(2, 8).mean(1), LON.reshape(3, 8).mean(1)
    mean = block_mean(FINE, 8, AREA)
    record(tmp_path / "mean.nc", mean[3:], lat, lon, first=3)
    dataset = read(fine, coarse=str(tmp_path / "mean.nc"))
    frames = open_frames(dataset, None)
    assert all(relation.perfect for relation in frames.relations.values())
    assert frames.coarse_is_mean
    assert "3 of 48 fine frames have no coarse one and are left out" in dataset.notes
    fine_rain, coarse_rain = everything(dataset)
    np.testing.assert_array_equal(block_mean(fine_rain, 8, AREA), coarse_rain)


def test_daily_coarse_rain_of_hourly_fine_rain(fine: Path, tmp_path: Path) -> None:
    lat, lon = LAT.reshape(2, 8).mean(1), LON.reshape(3, 8).mean(1)
    eight = block_mean(FINE.reshape(6, 8, 16, 24).mean(1), 8, AREA)
    record(tmp_path / "days.nc", eight, lat, lon, hours=8)
    dataset = read(fine, coarse="days.nc", gap=0)
    assert (dataset.time_factor, dataset.step) == (8, np.timedelta64(1, "h"))
    assert open_frames(dataset, None).relations["train"].perfect
    np.testing.assert_array_equal(everything(dataset)[0], FINE)
    np.testing.assert_allclose(everything(dataset)[1], eight, rtol=1e-6)


def test_half_hours_of_coarse_rain_are_predictors_where_they_are_asked_for(
    fine: Path, tmp_path: Path
) -> None:
    lat, lon = LAT.reshape(2, 8).mean(1), LON.reshape(3, 8).mean(1)
    rain = np.random.default_rng(2).gamma(0.5, 2.0, (96, 2, 3)).astype(np.float32)
    record(tmp_path / "halves.nc", rain, lat, lon, hours=0.5)
    plain, dataset = (read(fine, coarse="halves.nc", gap=1, coarse_parts=parts) for parts in (False, True))
    assert (plain.coarse_parts, dataset.coarse_parts, dataset.time_factor) == (1, 2, 1)
    assert dataset.predictors == ("precipitation", "precipitation_1", "precipitation_2")
    assert plain.predictors == ("precipitation",)
    assert plain.fingerprint() != dataset.fingerprint()
    (train, *_) = dataset.open("train")
    first, last = (train.coarse[f"precipitation_{k}"][:, 0].to_numpy() for k in (1, 2))
    np.testing.assert_array_equal(first, rain[: 2 * len(first) : 2])
    np.testing.assert_array_equal(last, rain[1 : 2 * len(first) : 2])
    np.testing.assert_allclose(train.coarse["precipitation"][:, 0], (first + last) / 2, rtol=1e-6)
    with pytest.raises(UserError, match="no coarse frames that are shorter than the fine ones"):
        read(fine, gap=1, coarse_parts=True)


def test_a_model_without_leap_days_and_an_observation_with_them(tmp_path: Path) -> None:
    """2020 has a 29 February: all days but it and the one before it, which ends elsewhere, have a partner."""
    lat, lon = LAT.reshape(2, 8).mean(1), LON.reshape(3, 8).mean(1)
    rain = np.random.default_rng(3).gamma(0.5, 2.0, (60, 16, 24)).astype(np.float32)
    days = {"standard": np.arange(60), "noleap": np.delete(np.arange(60), 40)}  # from 20 January on
    for calendar, kept in days.items():
        first = np.arange(len(kept), dtype=float)
        model = calendar == "noleap"
        dims, values = ("time", "lat", "lon"), block_mean(rain, 8, AREA)[kept] if model else rain
        axes = {"lat": ("lat", lat if model else LAT, {"units": "degrees_north"})}
        axes["lon"] = ("lon", lon if model else LON, {"units": "degrees_east"})
        attrs = {"units": "days since 2020-01-20", "calendar": calendar, "bounds": "time_bnds"}
        bounds = (("time", "bnds"), np.stack([first, first + 1], 1))
        fields = {"pr": (dims, values, {"units": "mm/h"}), "time_bnds": bounds}
        record = xr.Dataset(fields, {"time": ("time", first + 0.5, attrs), **axes})
        record.to_netcdf(tmp_path / f"{calendar}.nc")
    dataset = read(tmp_path / "standard.nc", coarse="noleap.nc", gap=0)
    assert any("matched by date" in note for note in dataset.notes)
    sequences = [one for split in ("train", "validation", "test") for one in dataset.open(split)]
    dates = set(np.concatenate([one.times.astype("datetime64[D]") for one in sequences]).astype(str))
    assert {"2020-02-27", "2020-03-01"} <= dates
    assert not {"2020-02-28", "2020-02-29"} & dates
    fine_rain, coarse_rain = everything(dataset)
    np.testing.assert_allclose(block_mean(fine_rain, 8, AREA), coarse_rain, rtol=1e-6)


def test_the_place_of_a_coarse_file_is_no_content(fine: Path, tmp_path: Path) -> None:
    lat, lon = LAT.reshape(2, 8).mean(1), LON.reshape(3, 8).mean(1)
    (tmp_path / "b").mkdir()
    for rain, path in ((FINE, "a.nc"), (FINE, "b/a.nc"), (2 * FINE, "c.nc")):
        record(tmp_path / path, block_mean(rain, 8), lat, lon)
    prints = [read(fine, coarse=path).fingerprint() for path in ("a.nc", "b/a.nc", "c.nc")]
    assert prints[0] == prints[1] != prints[2]
    assert read(fine).fingerprint() not in prints
    assert find_file("a.nc", fine) == tmp_path / "a.nc"


@pytest.mark.parametrize(
    ("coarse", "message"),
    [
        ("nowhere.nc", "'nowhere.nc' is neither a file nor a variable of .*fine.nc"),
        ("later.nc", "no interval of time in common"),
        ("elsewhere.nc", "cover no block together"),
        ("bare.nc", "coordinates do not say where both lie"),
    ],
)
def test_what_cannot_be_paired_is_refused(fine: Path, tmp_path: Path, coarse: str, message: str) -> None:
    lat, lon = np.arange(44.5, 52), np.arange(3.5, 12)
    rain = np.ones((48, len(lat), len(lon)), np.float32)
    record(tmp_path / "later.nc", rain, lat, lon, first=100)
    record(tmp_path / "elsewhere.nc", rain, lat, lon + 90)
    straight = xr.open_dataset(record(tmp_path / "straight.nc", rain, lat, lon))
    straight.drop_vars(["lat", "lon"]).rename(lat="y", lon="x").to_netcdf(tmp_path / "bare.nc")
    with pytest.raises(UserError, match=message):
        read(fine, coarse=coarse)


def test_what_is_asked_of_a_coarse_file_is_said_of_that_file(fine: Path, tmp_path: Path) -> None:
    """Each message's option, taken as it stands, leads on to the next, and the last to the right values."""
    values = block_mean(FINE, 8)
    values[:, 1, 2] = -77
    path = record(tmp_path / "coarse.nc", values, LAT.reshape(-1, 8).mean(1), LON.reshape(-1, 8).mean(1))
    with xr.open_dataset(path) as source:
        bare = source.load()
    bare["pr"].attrs = {}
    bare.to_netcdf(path)
    said: dict[str, Any] = {}
    for asked in ("units", "missing"):
        with pytest.raises(UserError) as error:
            everything(read(fine, factor=8, coarse=str(path), coarse_reading=said))
        [option] = re.findall(r"--set '(files\.coarse_reading=\{.*?\})'", str(error.value))[:1]
        name, value = option.split("=", 1)
        assert name == "files.coarse_reading"
        said = yaml.safe_load(value)
        assert list(said)[-1] == asked
    assert said == {"units": "mm/h", "missing": -77}
    _, coarse = everything(read(fine, factor=8, coarse=str(path), coarse_reading=said))
    missing = np.isnan(coarse)
    assert missing[:, 1, 2].all()
    assert missing.sum() == len(coarse)


@pytest.mark.parametrize("size", [2, 4])
def test_the_factor_is_that_of_both_grids(fine: Path, tmp_path: Path, size: int) -> None:
    """Also where the coarse grid covers more, runs the other way and counts longitudes from 0 to 360."""
    width = size / 4
    lat, lon = np.arange(46 - width / 2, 50 + 2 * width, width), np.arange(4 + width / 2, 10 + width, width)
    values = np.random.default_rng(5).gamma(1, 1, (48, len(lat), len(lon))).astype(np.float32)
    record(tmp_path / "wide.nc", values, lat, lon + 360)
    dataset = read(fine, coarse="wide.nc", gap=1)
    assert (dataset.factor, dataset.config.factor) == (size, size)
    assert f"coarse cells are {size} x {size} fine ones, as both grids say" in dataset.notes
    inside = values[:, (lat > 46) & (lat < 50)][..., (lon > 4) & (lon < 10)][:, ::-1]
    np.testing.assert_allclose(everything(dataset)[1][:9], inside[:9], rtol=1e-4)
    assert dataset.fingerprint() == read(fine, coarse="wide.nc", gap=1, factor=size).fingerprint()
    assert read(fine, coarse="wide.nc", factor=8).factor == 8, "who sets a factor gets it"


def test_grids_that_do_not_nest_say_no_factor(fine: Path, tmp_path: Path) -> None:
    """Cells of half a degree that lie aside, of 0.6 degrees, or twice as long one way."""
    for name, lat, lon in (
        ("aside", np.arange(45.625, 51, 0.5), np.arange(3.625, 11, 0.5)),
        ("other", np.arange(45.3, 51, 0.6), np.arange(3.3, 11, 0.6)),
        ("oblong", np.arange(45.75, 51, 0.5), np.arange(3.5, 11, 1)),
    ):
        record(tmp_path / f"{name}.nc", np.ones((48, len(lat), len(lon)), np.float32), lat, lon)
        assert read(fine, coarse=f"{name}.nc").factor == 8


def test_sizes_say_the_factor_where_no_coordinates_say_the_place(tmp_path: Path) -> None:
    root = plane(tmp_path / "fine.nc", FINE, np.arange(16), np.arange(24))
    mean = FINE.reshape(48, 4, 4, 6, 4).mean((2, 4))
    plane(tmp_path / "coarse.nc", mean, np.arange(4), np.arange(6))
    dataset = read(root, coarse="coarse.nc", gap=1)
    assert dataset.factor == 4
    np.testing.assert_allclose(everything(dataset)[1][:9], mean[:9], rtol=1e-5)


def test_curved_grids_say_the_factor_by_the_middles_of_their_cells(tmp_path: Path) -> None:
    y, x = np.mgrid[0:16, 0:24] * 0.25
    places = 50 + y + 0.1 * x, 4 + x - 0.2 * y
    middles = [place.reshape(4, 4, 6, 4).mean((1, 3)) for place in places]
    for moved, factor in ((0.0, 4), (0.3, None)):
        fine, coarse = Place(None, *places), Place(None, middles[0] + moved, middles[1])
        assert nesting(fine, coarse, (16, 24), (4, 6)) == factor


def test_a_grid_of_surfaces_is_regridded_like_the_lines_that_it_is(fine: Path, tmp_path: Path) -> None:
    pytest.importorskip("shapely")
    lat, lon = np.arange(44.5, 52), np.arange(3.5, 12)
    rain = np.random.default_rng(1).gamma(1, 1, (48, len(lat), len(lon))).astype(np.float32)
    straight = xr.open_dataset(record(tmp_path / "straight.nc", rain, lat, lon))
    both = np.meshgrid(lat, lon, indexing="ij")
    curved = straight.drop_vars(["lat", "lon"]).rename(lat="y", lon="x")
    curved.assign_coords(
        lat=(("y", "x"), both[0], {"units": "degrees_north"}),
        lon=(("y", "x"), both[1], {"units": "degrees_east"}),
    ).to_netcdf(tmp_path / "curved.nc")
    lines, surfaces = (everything(read(fine, coarse=f"{name}.nc"))[1] for name in ("straight", "curved"))
    np.testing.assert_allclose(surfaces, lines, rtol=0.01)


@pytest.mark.parametrize(("step", "numbers"), [("3h", (0.77, 0.95, 0.68)), ("1h", (0.73, 0.95, 0.77))])
def test_the_harvey_pair(shared_data: Path, step: str, numbers: tuple[float, float, float]) -> None:
    """Over the whole record, as its description has it."""
    path = shared_data / f"harvey_2017_pair_mrms_imerg_0p1deg_{step}.nc"
    dataset = read(path, coarse="precipitation_coarse")
    fine, coarse = dataset._fields
    mean = block_mean(fine[:, 0].to_numpy().astype(float), 8)
    rain = coarse[:, 0].to_numpy().astype(float)
    valid = np.isfinite(mean) & np.isfinite(rain)
    m, c = mean[valid], rain[valid]
    got = np.corrcoef(c, m)[0, 1], c.mean() / m.mean(), np.sqrt(np.mean((c - m) ** 2))
    assert got == pytest.approx(numbers, abs=0.006)
    assert "coarse rain of the variable precipitation_coarse, on blocks of the fine grid" in dataset.notes
    raw = xr.open_dataset(path)
    again = read(path, coarse=str(path), coarse_reading={"variable": "precipitation_imerg"})
    np.testing.assert_allclose(again._fields[1][:, 0], raw["precipitation_coarse"], rtol=0.01, atol=0.02)


def plane(
    path: Path, rain: np.ndarray, y: Any, x: Any, unit: str = "", names: tuple[str, str] = ("y", "x")
) -> Path:
    """Rain on a plane whose coordinates are in this unit, or of which they only count rows and columns."""
    said = {"units": unit} if unit else {}
    dims = ("time", *names)
    time = np.datetime64("2020-06-01T01", "ns") + np.arange(len(rain)) * np.timedelta64(1, "h")
    places = {"time": time, names[0]: (names[0], y, said), names[1]: (names[1], x, said)}
    xr.Dataset({"pr": (dims, rain, {"units": "mm/h"})}, places).to_netcdf(path)
    return path


@pytest.mark.parametrize(("first", "names"), [(0, ("y", "x")), (1, ("y", "x")), (0, ("lat", "lon"))])
def test_numbers_of_rows_are_no_places(tmp_path: Path, first: int, names: tuple[str, str]) -> None:
    """Row 1 of 2 and row 1 of 16 are not of one place: block by block, or refused where sizes differ."""
    mean = FINE.reshape(48, 2, 8, 3, 8).mean((2, 4))
    root = plane(tmp_path / "fine.nc", FINE, first + np.arange(16), first + np.arange(24), names=names)
    plane(tmp_path / "coarse.nc", mean, first + np.arange(2), first + np.arange(3), names=names)
    got = everything(read(root, coarse="coarse.nc", gap=1))[1][:9]
    np.testing.assert_allclose(got, mean[:9], rtol=1e-5)
    plane(
        tmp_path / "wide.nc", np.pad(mean, ((0, 0), (1, 1), (1, 1))), np.arange(4), np.arange(5), names=names
    )
    with pytest.raises(UserError, match="coordinates do not say where both lie"):
        read(root, coarse="wide.nc")
    heat = {"t": {"variable": "pr", "file": str(root)}}
    assert "t" in read(root, predictors=heat).predictors, "on the grid of the rain itself"


def test_kilometres_and_metres_are_one_measure(tmp_path: Path) -> None:
    """Taken as they are, one cell of 32,000 covered all of the fine grid."""
    mean = FINE.reshape(48, 2, 8, 3, 8).mean((2, 4))
    root = plane(tmp_path / "fine.nc", FINE, 4.0 * np.arange(16), 4.0 * np.arange(24), "km")
    y, x = (1000 * (14 + 32.0 * np.arange(n)) for n in (2, 3))
    plane(tmp_path / "coarse.nc", mean, y, x, "m")
    dataset = read(root, coarse="coarse.nc", gap=1)
    assert any("on blocks of the fine grid" in note for note in dataset.notes)
    np.testing.assert_allclose(everything(dataset)[1][:9], mean[:9], rtol=1e-5)
    plane(tmp_path / "degrees.nc", mean, y, x, "degrees")
    assert any("cell by cell as it lies" in note for note in read(root, coarse="degrees.nc", gap=1).notes)
