"""HDF5 with groups: ODIM, KNMI, and any other; what is refused lists the groups."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest
import xarray as xr
from radar_files import knmi, odim

from downbench import UserError
from downbench_datasets.reading.formats.hdf5 import open_hdf5
from downbench_datasets.reading.formats.knmi import is_knmi, open_knmi
from downbench_datasets.reading.formats.odim import is_odim, open_odim
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig

RAIN = c.rain(4)
QUARTER = np.timedelta64(900, "s")


@pytest.mark.parametrize("inner", [True, False])
@pytest.mark.parametrize(("quantity", "factor"), [("RATE", 1), ("ACRR", 4)])
def test_odim_series(tmp_path, inner, quantity, factor):
    """The quantity in either place; undetected is dry, no data is missing; amounts of fifteen minutes."""
    for k in range(4):
        odim(tmp_path / f"T_PAAH22_{k}.hdf", RAIN[k], c.START + (k + 1) * QUARTER, inner, quantity=quantity)
    record = open_record(tmp_path)
    got = record.rain[:, 0].to_numpy()
    assert np.isnan(got[..., -1]).all()
    np.testing.assert_array_equal(got[..., :-1], factor * RAIN[..., :-1])
    assert (got == 0).any()
    np.testing.assert_array_equal(record.bounds[:, 0], c.START + np.arange(4) * QUARTER)


def test_odim_stands_where_its_projection_says(tmp_path):
    pytest.importorskip("rasterio")
    source = open_odim(odim(tmp_path / "a.hdf", RAIN[0], c.START), None)
    assert is_odim(tmp_path / "a.hdf")
    assert float(source["x"][0]) == pytest.approx(1000, abs=5)  # the corner is the origin of OPERA's grid
    assert float(source["y"][0]) == pytest.approx(-1000, abs=5)
    assert float(source["lat"][0, 0]) == pytest.approx(67.02, abs=0.03)


def test_odim_without_rain(tmp_path):
    with pytest.raises(UserError, match="its quantities: VRADH"):
        open_odim(odim(tmp_path / "a.hdf", RAIN[0], c.START, quantity="VRADH"), None)


def test_odim_reflectivity_without_an_echo_is_dry(tmp_path):
    path = odim(
        tmp_path / "a.hdf", np.where(RAIN[0] > 0, 30.0, 0), c.START, quantity="DBZH", gain=0.5, offset=-32.0
    )
    rain = open_record(path, ReadingConfig(zr=(200, 1.6))).rain[0, 0].to_numpy()
    np.testing.assert_allclose(
        rain[:, :-1], np.where(RAIN[0] > 0, (1000 / 200) ** (1 / 1.6), 0)[:, :-1], rtol=1e-5
    )


def test_knmi_series(tmp_path):
    for k, (begin, end) in enumerate([("25-AUG-2010;23:55:00.000", "26-AUG-2010;00:00:00.000"),
                                      ("26-AUG-2010;00:00:00.000", "26-AUG-2010;00:05:00.000")]):  # fmt: skip
        knmi(tmp_path / f"RAD_{k}.h5", RAIN[k] / 12, end, begin)
    record = open_record(tmp_path)
    assert is_knmi(tmp_path / "RAD_0.h5")
    got = record.rain[:, 0].to_numpy()
    assert np.isnan(got[..., -1]).all()
    np.testing.assert_allclose(got[..., :-1], RAIN[:2, :, :-1], atol=0.061)
    assert str(record.bounds[0, 0]) == "2010-08-25T23:55:00"
    source = open_knmi(tmp_path / "RAD_0.h5")
    np.testing.assert_allclose(source["x"][:2], [500, 1500])
    np.testing.assert_allclose(source["y"][:2], [-3650500, -3651500])


def test_the_real_event_of_knmi(shared_data, tmp_path):
    """The prepared record is made of these files: rows 278 to 565, columns 226 to 513, at 10 bits."""
    folder = shared_data / "raw" / "knmi_20100826"
    for name in sorted(path.name for path in folder.iterdir())[20:92:23]:
        (tmp_path / name).symlink_to(folder / name)
    record = open_record(tmp_path, static=False)
    with xr.open_dataset(shared_data / "knmi_20100826_1km_5min.nc") as made:
        want = made["precipitation"].sel(time=record.rain["time"].to_numpy())
        np.testing.assert_allclose(record.rain[:, 0, 278:566, 226:514], want, rtol=2**-10)
    assert len(record.rain) == 4


def test_the_real_composite_of_opera(shared_data):
    """Half of it is covered, and its strongest rain is at least that of the part that was cut out of it."""
    source = open_odim(shared_data / "raw" / "odim" / "T_PAAH22_C_EUOC_20241126010000.hdf", None)
    got = source["precipitation"].to_numpy()
    with xr.open_dataset(shared_data / "opera_20241126_2km_15min.nc") as made:
        want = float(made["precipitation"].sel(time="2024-11-26T01:00").max())
    assert np.isfinite(got).mean() == pytest.approx(0.515, abs=1e-3)
    assert want <= float(np.nanmax(got)) * (1 + 2**-10)


def group_file(path, groups):
    for number, (group, name) in enumerate(groups):
        data = c.lat_lon(RAIN, name, {"units": "mm/h"}, c.ends(4), "hours since 2020-03-01")
        data.to_netcdf(path, group=group, mode="a" if number else "w", engine="netcdf4")
    return path


def test_groups_are_chosen_or_listed(tmp_path):
    path = group_file(tmp_path / "a.h5", [("one", "rain"), ("two", "rain"), ("three", "wind")])
    with pytest.raises(UserError, match=r"rain in several groups: /one, /two\n.*files.group=NAME"):
        open_record(path)
    assert open_record(path, ReadingConfig(group="two")).rain.shape == (4, 1, 8, 8)
    with pytest.raises(UserError, match=r"no group '/four'\n.*its groups: /one, /two, /three"):
        open_record(path, ReadingConfig(group="four"))
    with pytest.raises(UserError, match="no precipitation in any of its groups: /three"):
        open_hdf5(group_file(tmp_path / "b.h5", [("three", "wind")]), ReadingConfig())
    named = open_record(path, ReadingConfig(group="three", variable="wind"))
    np.testing.assert_array_equal(named.rain[:, 0], RAIN)
