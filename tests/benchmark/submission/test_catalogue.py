"""Each check finds the fault that it is for, and good predictions have none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from folders import ROOT
from submission_world import FACTOR, good_predictions, small_frames

from downbench.errors import UserError
from downbench.submission.catalogue import CHECKS, checks_table
from downbench.submission.report import Report
from downbench.submission.validate import validate

Fault = Callable[[xr.Dataset], xr.Dataset]
RAIN = "precipitation"


def changed(work: Callable[[xr.DataArray], xr.DataArray | np.ndarray]) -> Fault:
    """A fault of the values."""

    def fault(data: xr.Dataset) -> xr.Dataset:
        rain = data[RAIN]
        return data.assign({RAIN: rain.copy(data=np.asarray(work(rain), np.float32))})

    return fault


def attributes(**new: object) -> Fault:
    """A fault of the file's attributes."""
    return lambda data: data.assign_attrs(**new)


def units(text: str, scale: float = 1.0) -> Fault:
    """Other units, with values that fit them."""
    return lambda data: data.assign({RAIN: (data[RAIN] * np.float32(scale)).assign_attrs(units=text)})


def blocks(rain: xr.DataArray) -> xr.DataArray:
    """The upper left value of each coarse cell all over it."""
    index = np.arange(rain.sizes["y"]) // FACTOR * FACTOR
    return rain.isel(y=index, x=index)


def truth(rain: xr.DataArray) -> xr.DataArray:
    """The truth as one of the members."""
    rain = rain.copy(deep=True)
    rain[1] = small_frames().sequences[0].fine.isel(tile=0).to_numpy()
    return rain


def swapped(rain: xr.DataArray) -> xr.DataArray:
    return rain.transpose("member", "time", "x", "y")


def put(value: float, **where: int) -> Fault:
    """One value somewhere."""

    def work(rain: xr.DataArray) -> xr.DataArray:
        rain = rain.copy(deep=True)
        rain[{"member": 0, "time": 1, "y": 5, "x": 7, **where}] = value
        return rain

    return changed(work)


def other_times(shift: np.timedelta64) -> Fault:
    return lambda data: data.assign_coords(time=data["time"] + shift)


def same_members(rain: xr.DataArray) -> xr.DataArray:
    return rain.isel(member=np.zeros(rain.sizes["member"], int))


def two_members(rain: xr.DataArray) -> xr.DataArray:
    return rain.isel(member=[0, 1, 1])


def no_places(data: xr.Dataset) -> xr.Dataset:
    return data.drop_vars(["lat", "lon"])


def far_calendar(data: xr.Dataset) -> xr.Dataset:
    return data.convert_calendar("noleap")


def raw_times(data: xr.Dataset) -> xr.Dataset:
    return data.assign_coords(time=("time", np.arange(data.sizes["time"]), {"units": "steps"}))


def second_variable(data: xr.Dataset) -> xr.Dataset:
    return data.assign(rain_rate=data[RAIN])


def odd_dim(data: xr.Dataset) -> xr.Dataset:
    return data.drop_vars("member").rename(member="scenario")


def mirrored(dim: str) -> Fault:
    """Values turned over, coordinates left as they were."""
    return changed(lambda rain: rain.isel({dim: slice(None, None, -1)}))


def around(data: xr.Dataset) -> xr.Dataset:
    return data.assign_coords(lon=data["lon"] % 360)


def larger(data: xr.Dataset) -> xr.Dataset:
    """Four rows and columns more on each side."""
    wide = data.pad({"y": 4, "x": 4}, constant_values=0.0)
    lat, lon = 50.4 - 0.1 * np.arange(40), 0.1 * np.arange(40) - 1.4
    return wide.assign(lat=("y", lat, {"units": "degrees_north"}), lon=("x", lon, {"units": "degrees_east"}))


FAULTS: dict[str, Fault] = {
    "variable": second_variable,
    "dims": odd_dim,
    "dims-order": lambda data: data.transpose("x", "time", "y", "member"),
    "fingerprint": attributes(downbench_fingerprint="0" * 64),
    "split": attributes(downbench_split="validation"),
    "units-missing": units(""),
    "units-unknown": units("K"),
    "units-converted": units("kg m-2 s-1", 1 / 3600),
    "units-amount": units("mm", 3.0),
    "times-missing": lambda data: data.drop_vars("time"),
    "times-unreadable": raw_times,
    "calendar": far_calendar,
    "times-rounded": other_times(np.timedelta64(10, "m")),
    "times-shifted": other_times(np.timedelta64(3, "h") // 2),
    "frames-missing": lambda data: data.isel(time=slice(1, None)),
    "frames-doubled": lambda data: data.isel(time=[0, 0, *range(1, 10)]),
    "frames-order": lambda data: data.isel(time=slice(None, None, -1)),
    "frames-extra": lambda data: xr.concat(
        [data, data.isel(time=[0]).assign_coords(time=data["time"][[0]] - np.timedelta64(3, "h"))], "time"
    ),
    "grid-size": lambda data: data.isel(y=slice(16)),
    "axes-swapped": lambda data: no_places(changed(swapped)(data)),
    "flipped-y": mirrored("y"),
    "flipped-x": mirrored("x"),
    "coordinates-missing": no_places,
    "coordinates-differ": lambda data: data.assign_coords(lat=data["lat"] + 0.05),
    "longitudes": around,
    "reversed": lambda data: data.isel(y=slice(None, None, -1), x=slice(None, None, -1)),
    "larger-domain": larger,
    "one-member": lambda data: data.isel(member=0),
    "members-equal": changed(same_members),
    "members-twice": changed(two_members),
    "empty": changed(lambda rain: rain * np.nan),
    "missing": put(np.nan),
    "infinite": put(np.inf),
    "fill-code": put(-999.0),
    "impossible": put(2500.0),
    "negative": put(-0.5),
    "log-values": changed(lambda rain: np.log10(rain + 0.01)),
    "all-zero": changed(lambda rain: rain * 0),
    "units-by-amount": changed(lambda rain: rain * 24),
    "amount-per-step": changed(lambda rain: rain * 3),
    "running-totals": changed(lambda rain: 3 * rain.cumsum("time")),
    "mean-off": changed(lambda rain: rain * 0.2),
    "shifted": changed(lambda rain: rain.roll(time=1)),
    "unrelated": changed(lambda rain: np.random.default_rng(0).exponential(0.5, rain.shape)),
    "truth": changed(truth),
    "coarse-field": changed(blocks),
    "flat": changed(lambda rain: rain.where(rain["time"] != rain["time"][2], 0.7)),
    "frames-repeated": changed(lambda rain: rain.isel(time=[0, 1, 2, 3, 4, 4, 6, 7, 8, 9])),
    "clipped": changed(lambda rain: np.minimum(rain, 2)),
    "half-precision": changed(lambda rain: rain.astype(np.float16)),
}
ELSEWHERE = {
    "readable",
    "sequences",
    "tiles",
    "tile-order",
    "tiles-by-label",
    "members",
    "licence",
    "stations",
    "units-set",
    "files-unlike",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("predictions")


def report_of(data: xr.Dataset, folder: Path, tiles: int = 1, members: int | None = None) -> Report:
    path = folder / "mine.nc"
    data.to_netcdf(path)
    return validate(path, small_frames(tiles), members)


@pytest.mark.parametrize("check", FAULTS)
def test_a_planted_fault_is_found(check: str, folder: Path) -> None:
    report = report_of(FAULTS[check](good_predictions(folder)), folder)
    checks = [finding.check for finding in report.findings]
    assert check in checks
    others = {finding.check for finding in report.of("error")} - {check}
    assert not others, "one fault is called by one name"


@pytest.mark.parametrize(("tiles", "members"), [(1, 3), (2, 2)])
def test_good_predictions_have_no_finding(tiles: int, members: int, folder: Path) -> None:
    assert report_of(good_predictions(folder, tiles, members), folder, tiles).findings == []


def test_totals_that_begin_anew_every_other_frame_are_found(folder: Path) -> None:
    good = good_predictions(folder)
    pairs = changed(
        lambda rain: rain + rain.shift(time=1, fill_value=0) * (np.arange(10) % 2)[None, :, None, None]
    )
    assert [finding.check for finding in report_of(pairs(good), folder).of("error")] == ["running-totals"]


def test_faults_of_several_tiles_and_members(folder: Path) -> None:
    good = good_predictions(folder, 2, 2)

    def checks(data: xr.Dataset, members: int | None = None) -> list[str]:
        return [finding.check for finding in report_of(data, folder, 2, members).findings]

    assert checks(changed(lambda rain: rain.isel(tile=[1, 0]))(good)) == ["tile-order"]
    assert checks(good.isel(tile=[1, 0])) == ["tiles-by-label"]
    assert checks(no_places(good).isel(tile=[1, 0])) == ["coordinates-missing", "tiles-by-label"]
    assert checks(no_places(good).isel(tile=[0])) == ["tiles"]
    assert checks(good, members=5) == ["members"]


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "text.nc").write_text("rain")
    (tmp_path / "nothing.zarr").mkdir()
    for name in ("text.nc", "nothing.zarr"):
        report = validate(tmp_path / name, small_frames())
        assert [finding.check for finding in report.findings] == ["readable"]
        assert not report.complete
    with pytest.raises(UserError, match=r"texts\.nc does not exist") as caught:
        validate(tmp_path / "texts.nc", small_frames())
    assert "text.nc" in caught.value.hint


def test_every_check_has_a_fault_and_the_docs_list_it() -> None:
    assert FAULTS.keys() | ELSEWHERE == CHECKS.keys()
    assert checks_table() in (ROOT / "docs" / "bring" / "submitting.md").read_text(encoding="utf-8")
