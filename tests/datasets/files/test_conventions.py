"""Files with other conventions hold the same rain: what a reader makes of them is the same, or a refusal."""

from __future__ import annotations

import json
import warnings

import cftime
import numpy as np
import pytest
import xarray as xr
import zarr

from downbench import SPLITS, UserError, build_config
from downbench_datasets.files.rain_files import RainFiles
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig

FRAMES, SIDE = 40, 16
RAIN = np.random.default_rng(7).gamma(0.4, 2, (FRAMES, SIDE, SIDE)).astype(np.float32)
RAIN[RAIN < 0.3] = 0
LAT, LON = 60 - 0.5 * np.arange(SIDE), 10 + 0.5 * np.arange(SIDE)


def data(rain=RAIN, lat=LAT, lon=LON, dims=("lat", "lon"), times=None, name="pr", **attrs):
    """Hourly rain with a latitude and a longitude that are known by attributes."""
    units = {"units": "hours since 2020-03-01 00:00:00"}
    y, x = dims
    return xr.Dataset(
        {name: (("time", y, x), rain, {"units": "mm h-1"} | attrs)},
        {
            "time": ("time", np.arange(len(rain)) if times is None else times, units),
            y: (y, lat, {"units": "degrees_north", "standard_name": "latitude"}),
            x: (x, lon, {"units": "degrees_east", "standard_name": "longitude"}),
        },
    )


def read(source, folder, **settings):
    path = folder
    if isinstance(source, xr.Dataset):
        path = folder / f"rain{len(list(folder.iterdir()))}.nc"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            source.to_netcdf(path)
    return RainFiles(build_config("files", RainFiles.Config, {}, None, {"factor": 4} | settings), path)


def fine(dataset):
    return np.concatenate([s.fine.to_numpy()[:, 0] for split in SPLITS for s in dataset.open(split)])


def train(dataset):
    (sequence,) = dataset.open("train")
    return sequence


# Missing values


@pytest.mark.parametrize("key", ["_FillValue", "missing_value"])
@pytest.mark.parametrize("packing", [{}, {"dtype": "i2", "scale_factor": 0.001}])
def test_zero_that_is_declared_missing_is_refused_since_it_is_dry(tmp_path, key, packing):
    dataset = data()
    dataset["pr"].encoding = {key: 0, **packing}
    with pytest.raises(
        UserError, match=r"'pr' declares 0 as its missing value.*\n.*ncatted.*files.missing=0"
    ):
        read(dataset, tmp_path)
    got = open_record(next(tmp_path.iterdir()), ReadingConfig(missing=0)).rain[:, 0]
    np.testing.assert_array_equal(np.isnan(got), np.round(RAIN, 3) == 0)


def test_zero_of_a_packing_that_begins_elsewhere_is_a_mark_of_missing_cells(tmp_path):
    dataset = data(with_hole(np.nan))
    dataset["pr"].encoding = {"_FillValue": 0, "dtype": "u2", "scale_factor": 0.001, "add_offset": -0.001}
    got = train(read(dataset, tmp_path)).fine.to_numpy()[:, 0]
    assert np.isnan(got[:, :8, :8]).all()
    np.testing.assert_allclose(got[:, 8:], RAIN[: len(got), 8:], atol=6e-4)


def test_a_climatology_is_no_series(tmp_path):
    dataset = data()
    dataset["time"].attrs["climatology"] = "climatology_bounds"
    with pytest.raises(UserError, match=r"'pr' is a climatology.*\n.*the series that it was made of"):
        read(dataset, tmp_path)


def with_hole(value):
    rain = RAIN.copy()
    rain[:, :6, :6] = value
    return rain


def assert_hole(dataset):
    """Two by two coarse cells are masked, and nothing else."""
    got = train(dataset).fine.to_numpy()[:, 0]
    assert np.isnan(got[:, :8, :8]).all()
    np.testing.assert_array_equal(got[:, 8:], RAIN[: len(got), 8:])


@pytest.mark.parametrize("value", [9.96921e36, 1e20, 32767, 9999, -9999, -99.9])
def test_undeclared_missing_values_are_refused_and_can_be_declared(tmp_path, value):
    dataset = data(with_hole(value)).copy()
    dataset["pr"].encoding["_FillValue"] = None
    with pytest.raises(UserError, match=r"--set files.missing="):
        read(dataset, tmp_path).open("train")
    assert_hole(read(dataset, tmp_path, missing=float(f"{value:.6g}")))


def test_several_missing_values(tmp_path):
    rain = with_hole(-3)
    rain[:, 0, 0] = -1
    with pytest.raises(UserError, match=r"--set files.missing=\[-3,-1\]"):
        read(data(rain), tmp_path, missing=-3).open("train")
    assert_hole(read(data(rain), tmp_path, missing=[-3, -1]))


@pytest.mark.parametrize("text", ["-9999", "-9999.f"])
def test_a_missing_value_as_text(tmp_path, text):
    dataset = data(with_hole(-9999), missing_value=text)
    dataset["pr"].encoding["_FillValue"] = None
    assert_hole(read(dataset, tmp_path))


@pytest.mark.parametrize("text", ["-9999, -8888", "-9999 -8888.f"])
def test_a_list_of_missing_values_as_text(tmp_path, text):
    rain = with_hole(-9999)
    rain[:, 0, :6] = -8888
    dataset = data(rain, missing_value=text)
    dataset["pr"].encoding["_FillValue"] = None
    assert_hole(read(dataset, tmp_path))


def test_the_limit_can_be_raised(tmp_path):
    rain = RAIN.copy()
    rain[3, 3, 3] = 2500
    with pytest.raises(UserError, match=r"rain of 2500 mm/h(.|\n)*files.limit"):
        read(data(rain), tmp_path).open("train")
    assert train(read(data(rain), tmp_path, limit=3000)).fine.max() == 2500
    assert train(read(data(rain), tmp_path, limit=3000)).rain_limit == 3000


@pytest.mark.parametrize("fill", [0, 0.0, float("nan")])
def test_zarr_2_with_a_fill_value_of_zero_keeps_its_dry_cells(tmp_path, fill):
    """zarr's own default, which is also the value of a dry cell, of the equator and of the first time."""
    lat = 4 - 0.5 * np.arange(SIDE)
    group = zarr.open_group(tmp_path / "rain.zarr", mode="w", zarr_format=2)
    for name, variable in data(lat=lat).variables.items():
        dtype = variable.dtype
        array = group.create_array(
            str(name),
            shape=variable.shape,
            chunks=variable.shape,
            dtype=dtype,
            fill_value=fill if dtype.kind == "f" else 0,
        )
        array[...] = variable.to_numpy()
        array.attrs.update({"_ARRAY_DIMENSIONS": list(variable.dims), **variable.attrs})
    dataset = read(None, tmp_path / "rain.zarr")
    got = train(dataset)
    np.testing.assert_array_equal(got.fine[:, 0], RAIN[: len(got.times)])
    np.testing.assert_array_equal(got.static["lat"][0, :, 0], lat)


def test_zero_stays_missing_where_packing_begins_elsewhere(tmp_path):
    packed = np.round(RAIN / 0.01).astype(np.int32) + 1
    packed[:, :6, :6] = 0
    group = zarr.open_group(tmp_path / "rain.zarr", mode="w", zarr_format=2)
    source = data()
    for name, variable in source.variables.items():
        values = packed if name == "pr" else variable.to_numpy()
        array = group.create_array(
            str(name), shape=values.shape, chunks=values.shape, dtype=values.dtype, fill_value=0
        )
        array[...] = values
        packing = {"scale_factor": 0.01, "add_offset": -0.01} if name == "pr" else {}
        array.attrs.update({"_ARRAY_DIMENSIONS": list(variable.dims), **variable.attrs, **packing})
    got = train(read(None, tmp_path / "rain.zarr")).fine.to_numpy()[:, 0]
    assert np.isnan(got[:, :8, :8]).all()
    np.testing.assert_allclose(got[:, 8:], RAIN[: len(got), 8:], atol=0.006)


# Latitude and longitude


@pytest.mark.parametrize("dims", [
    ("y", "x"), ("Y", "X"), ("LAT", "LON"), ("Latitude", "Longitude"), ("nlat", "nlon"), ("row", "col"),
    ("south_north", "west_east"),
])  # fmt: skip
def test_latitude_by_attributes_weighs_cells(tmp_path, dims):
    got = train(read(data(dims=dims), tmp_path))
    weights = got.static["area"][0].to_numpy().astype(float)
    expected = np.cos(np.deg2rad(LAT))
    np.testing.assert_allclose(weights[:, 0] / weights[0, 0], expected / expected[0], rtol=1e-5)


@pytest.mark.parametrize(("attrs", "geographic"), [
    ({"units": "degrees_north"}, True),
    ({"standard_name": "latitude"}, True),
    ({"units": "degrees", "axis": "Y"}, True),
    ({"units": "degree", "long_name": "latitude"}, True),
    ({"units": "degrees", "axis": "Y", "standard_name": "grid_latitude"}, False),  # of a rotated pole
    ({"units": "m", "standard_name": "projection_y_coordinate"}, False),
    ({}, False),
])  # fmt: skip
def test_what_makes_a_latitude(tmp_path, attrs, geographic):
    source = data(dims=("y", "x"))
    source["y"].attrs = attrs
    assert ("lat" in train(read(source, tmp_path)).static) is geographic


def test_a_grid_mapping_says_that_lines_are_degrees(tmp_path):
    source = data(dims=("y", "x"))
    for line in ("y", "x"):
        source[line].attrs = {}
    source["crs"] = (), 0, {"grid_mapping_name": "latitude_longitude"}
    np.testing.assert_allclose(train(read(source, tmp_path)).static["lat"][0, :, 0], LAT)


# Static fields


HEIGHT = np.linspace(0, 3000, SIDE * SIDE).reshape(SIDE, SIDE)


@pytest.mark.parametrize(("name", "values", "attrs"), [
    ("orog", HEIGHT, {"units": "m"}),
    ("orog", HEIGHT / 1000, {"units": "km"}),
    ("z", HEIGHT * 9.80665, {"units": "m2 s-2"}),
    ("z", HEIGHT * 9.80665, {"units": "m**2 s**-2", "standard_name": "geopotential"}),
    ("terrain", HEIGHT / 0.3048, {"units": "ft", "standard_name": "surface_altitude"}),
    ("HGTsfc", HEIGHT, {"units": "gpm"}),
])  # fmt: skip
def test_heights_in_metres(tmp_path, name, values, attrs):
    got = train(read(data().assign({name: (("lat", "lon"), values, attrs)}), tmp_path))
    np.testing.assert_allclose(got.static["topography"][0], HEIGHT, rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(("name", "values", "attrs"), [
    ("orog", HEIGHT, {"units": "K"}),
    ("orog", HEIGHT * 9.80665, {}),  # 29 km high
    ("sftlf", HEIGHT, {"units": "1"}),
])  # fmt: skip
def test_static_fields_of_other_units_are_refused(tmp_path, name, values, attrs):
    with pytest.raises(UserError, match="does not have the units"):
        read(data().assign({name: (("lat", "lon"), values, attrs)}), tmp_path)


def test_what_only_may_be_a_height_is_left_out(tmp_path):
    """A z without units, and the geopotential of a level, which changes."""
    level = np.arange(FRAMES)[:, None, None] + HEIGHT * 9.8
    for z in ((("lat", "lon"), HEIGHT), (("time", "lat", "lon"), level, {"units": "m2 s-2"})):
        assert "topography" not in train(read(data().assign(z=z), tmp_path)).static


def test_a_share_of_land_in_percent(tmp_path):
    share = np.linspace(0, 100, SIDE * SIDE).reshape(SIDE, SIDE)
    got = train(read(data().assign(sftlf=(("lat", "lon"), share, {"units": "%"})), tmp_path))
    np.testing.assert_allclose(got.static["land_fraction"][0], share / 100, rtol=1e-6)


# What is rain


@pytest.mark.parametrize(("name", "attrs"), [
    ("evspsbl", {"units": "kg m-2 s-1", "standard_name": "water_evapotranspiration_flux"}),
    ("prsn", {"units": "kg m-2 s-1", "standard_name": "snowfall_flux"}),
    ("pr", {"units": "kg m-2 s-1", "standard_name": "snowfall_flux"}),
    ("mrro", {"units": "mm/day", "long_name": "runoff"}),
    ("pet", {"units": "mm/day"}),
    ("prc", {"units": "kg m-2 s-1", "long_name": "convective precipitation"}),
    ("prc", {"units": "kg m-2 s-1", "standard_name": "convective_precipitation_flux"}),
])  # fmt: skip
def test_other_water_is_not_rain_whatever_its_units(tmp_path, name, attrs):
    with pytest.raises(UserError, match=rf"has no precipitation\n.*{name} \(.*--set files.variable=NAME"):
        read(data(name=name, **attrs), tmp_path)
    assert read(data(RAIN / 100, name=name, **attrs), tmp_path, variable=name).open("test")


def test_rain_is_found_beside_other_water(tmp_path):
    evaporation = (
        ("time", "lat", "lon"),
        RAIN,
        {"units": "kg m-2 s-1", "standard_name": "water_evaporation_flux"},
    )
    got = train(read(data(name="tot", long_name="total precipitation").assign(e=evaporation), tmp_path))
    np.testing.assert_array_equal(got.fine[:, 0], RAIN[: len(got.times)])


# Places


def folder_of(tmp_path, first, second):
    folder = tmp_path / "series"
    folder.mkdir()
    first.isel(time=slice(0, 20)).to_netcdf(folder / "a.nc")
    second.isel(time=slice(20, 40)).to_netcdf(folder / "b.nc")
    return folder


@pytest.mark.parametrize(("change", "message"), [
    ({"lat": LAT[::-1]}, "'lat' runs the other way round"),
    ({"lat": LAT + 0.25}, "'lat' differs by up to 0.25"),
    ({"lon": LON + 30}, "'lon' differs by up to 30"),
    ({"lon": LON * 1.01}, "'lon' differs"),
])  # fmt: skip
def test_files_of_other_places_are_not_joined(tmp_path, change, message):
    folder = folder_of(tmp_path, data(), data(**change))
    with pytest.raises(UserError, match=f"b.nc and a.nc are on different grids: the coordinate {message}"):
        read(None, folder)


@pytest.mark.parametrize("change", [
    {"lat": LAT + 1e-5},
    {"lat": LAT.astype(np.float32), "lon": LON.astype(np.float32)},
    {"lon": LON - 360},
    {"lon": LON + 360},
])  # fmt: skip
def test_the_same_place_said_otherwise_is_joined(tmp_path, change):
    got = read(None, folder_of(tmp_path, data(), data(**change)))
    np.testing.assert_array_equal(train(got).fine[:, 0], RAIN[: len(train(got).times)])
    assert not any("gaps" in note for note in got.notes)


def test_surfaces_of_latitude_are_compared_too(tmp_path):
    def curved(shift):
        source = data(dims=("y", "x")).drop_vars(["y", "x"])
        lat, lon = np.meshgrid(LAT + shift, LON, indexing="ij")
        return source.assign_coords(
            lat=(("y", "x"), lat + 0.01 * lon, {"units": "degrees_north"}),
            lon=(("y", "x"), lon, {"units": "degrees_east"}),
        )

    with pytest.raises(UserError, match="the coordinate 'lat' differs by up to 5"):
        read(None, folder_of(tmp_path, curved(0), curved(5)))


@pytest.mark.parametrize(("lat", "message"), [
    (np.roll(LAT, 3), "neither rises nor falls"),
    (np.full(SIDE, 50.0), "neither rises nor falls"),
    (np.where(np.arange(SIDE) == 5, np.nan, LAT), "neither rises nor falls"),
    (LAT + 60, "goes beyond the poles"),
])  # fmt: skip
def test_latitudes_that_make_no_grid_are_refused(tmp_path, lat, message):
    with pytest.raises(UserError, match=message):
        read(data(lat=lat), tmp_path)


def test_longitudes_over_the_date_line_make_a_grid(tmp_path):
    lon = (176 + 0.5 * np.arange(SIDE) + 180) % 360 - 180
    np.testing.assert_allclose(train(read(data(lon=lon), tmp_path)).static["lon"][0, 0], lon)


# Calendars


def daily(calendar, start, frames=800, attribute=None):
    """Rain at noon of each day of a calendar."""
    rain = np.resize(RAIN, (frames, SIDE, SIDE))
    source = data(rain, times=np.arange(frames) + 0.5)
    source["time"].attrs = {
        "units": f"days since {start}",
        "calendar": attribute if attribute is not None else calendar,
    }
    dates = cftime.num2date([0.5, frames - 0.5], f"days since {start}", calendar or "standard")
    return source, [date.strftime("%Y-%m-%d %H:%M") for date in dates]


@pytest.mark.parametrize(("calendar", "start"), [
    ("standard", "2003-01-01"), ("noleap", "2003-01-01"), ("360_day", "1999-12-01"), ("julian", "1899-01-01"),
    ("all_leap", "2001-01-01"), ("proleptic_gregorian", "2299-01-01"), ("noleap", "0850-01-01"),
    ("standard", "1581-06-01"),
])  # fmt: skip
def test_every_calendar_is_one_sequence_with_its_own_dates(tmp_path, calendar, start):
    source, (first, last) = daily(calendar, start)
    got = read(source, tmp_path)
    assert got.step == np.timedelta64(1, "D")
    assert not any("gaps" in note for note in got.notes)
    assert f", {first} to" in got.splits["train"]
    assert f"to {last} UTC" in got.splits["test"]
    assert [len(got.open(split)) for split in SPLITS] == [1, 1, 1]
    assert len(fine(got)) == 800 - 2 * 5


@pytest.mark.parametrize("attribute", ["", "none", "Gregorian"])
def test_a_calendar_that_is_not_said_is_the_standard_one(tmp_path, attribute):
    source, (first, _) = daily("standard", "2003-01-01", attribute=attribute)
    assert f", {first} to" in read(source, tmp_path).splits["train"]


def test_a_calendar_that_nobody_knows_is_refused(tmp_path):
    source, _ = daily("standard", "2003-01-01", attribute="lunar")
    with pytest.raises(UserError, match=r"cannot be read .*calendar 'lunar'"):
        read(source, tmp_path)


def test_files_of_different_calendars_are_not_joined(tmp_path):
    one, _ = daily("noleap", "2003-01-01", 20)
    other, _ = daily("360_day", "2004-01-01", 20)
    folder = tmp_path / "series"
    folder.mkdir()
    one.to_netcdf(folder / "a.nc")
    other.to_netcdf(folder / "b.nc")
    with pytest.raises(UserError, match="different calendars"):
        read(None, folder)


def months_from(year, calendar, numbers):
    return [cftime.datetime(year + k // 12, k % 12 + 1, 15, calendar=calendar) for k in numbers]


@pytest.mark.parametrize("months", [1, 12])
def test_months_and_years_are_one_sequence_with_a_bin_for_each_frame(tmp_path, months):
    middles = [
        cftime.datetime(1990 + k // 12, k % 12 + 1, 15, calendar="standard") for k in range(0, 720, months)
    ]
    rain = np.resize(RAIN, (len(middles), SIDE, SIDE))
    source = data(rain, times=cftime.date2num(middles, "days since 1900-01-01", "standard"))
    source["time"].attrs = {"units": "days since 1900-01-01"}
    got = read(source, tmp_path)
    assert not any("gaps" in note for note in got.notes)
    times = got.open("test")[0].times
    bins = times.astype("datetime64[s]").astype(np.int64) // (got.time_bin // np.timedelta64(1, "s"))
    assert len(np.unique(bins)) == len(times)


def test_scores_of_a_season_are_those_of_its_months(bench, tmp_path):
    """A monthly record: only JJA has rain, so only JJA has an error of nearest neighbours."""
    middles = [cftime.datetime(2000 + k // 12, k % 12 + 1, 16, calendar="360_day") for k in range(240)]
    rain = (
        np.resize(RAIN, (240, SIDE, SIDE))
        * np.isin([date.month for date in middles], (6, 7, 8))[:, None, None]
    )
    source = data(rain.astype(np.float32), times=cftime.date2num(middles, "days since 1900-01-01", "360_day"))
    source["time"].attrs = {"units": "days since 1900-01-01", "calendar": "360_day"}
    source.to_netcdf(tmp_path / "monthly.nc")
    command = ["run", "-m", "nearest", "-d", "files", "--data-root", "monthly.nc", "--set", "files.factor=4"]
    out = bench(*command, "--no-controls", "--metric", "crps", "--json").stdout
    scores = {s["season"]: s["value"] for s in json.loads(out)["runs"][0]["scores"]}
    assert scores["JJA"] > 0.1
    assert [scores[season] for season in ("DJF", "MAM", "SON")] == [0, 0, 0]


@pytest.mark.parametrize(
    ("name", "scale", "units", "read_as"),
    [
        ("HGT", 1, "m", True),
        ("elev", 1 / 0.3048, "ft", True),
        ("PHIS", 9.80665, "m^2/s^2", True),
        ("elevation", 1, "degrees", False),
    ],
)
def test_heights_under_other_names(name, scale, units, read_as):
    from downbench_datasets.shared.static_fields import static_fields

    heights = np.linspace(0, 50, 12).reshape(3, 4)
    source = xr.Dataset({name: (("y", "x"), heights * scale, {"units": units})})
    made = static_fields([source], (1, 3, 4))
    assert ("topography" in made) is read_as
    if read_as:
        np.testing.assert_allclose(made["topography"][0], heights, rtol=1e-5)
