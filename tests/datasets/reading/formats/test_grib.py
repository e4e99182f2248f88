"""GRIB 1 and 2: totals by the message's own interval, MRMS's codes, members, damage."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest
from radar_files import grib

from downbench import UserError
from downbench_datasets.reading.formats.bytes_of import bytes_of
from downbench_datasets.reading.formats.grib import open_grib
from downbench_datasets.reading.formats.grib_message import values_of
from downbench_datasets.reading.formats.grib_messages import read_messages
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig

pytest.importorskip("eccodes")
RAIN = c.rain(12)
SUM = {"shortName": "tp", "dataDate": 20200301, "dataTime": 0}


def forecast(first, last, values, **more):
    """Total precipitation from one lead to another."""
    template = {"productDefinitionTemplateNumber": 8, "typeOfStatisticalProcessing": 1}
    return template | SUM | {"startStep": first, "endStep": last, "values": values} | more


def number(entry):
    return ReadingConfig(select={"number": entry})


@pytest.mark.parametrize("every", [1, 6, None], ids=["steps", "GFS", "IFS"])
def test_totals_of_a_forecast(tmp_path, every):
    """Amounts of each hour, totals that restart every 6 hours, and totals since the start."""
    totals = c.totals(RAIN / 1000, every)
    starts = [k // (every or 99) * (every or 0) for k in range(12)]
    fields = [forecast(start, k + 1, totals[k]) for k, start in enumerate(starts)]
    record = open_record(grib(tmp_path / "a.grib2", fields))
    np.testing.assert_allclose(record.rain[:, 0], RAIN, atol=3e-3)
    np.testing.assert_array_equal(record.bounds, np.stack([c.ends(12) - c.HOUR, c.ends(12)], 1))
    assert record.bounds_stated
    np.testing.assert_allclose(record.static["lat"][0, :, 0], c.LAT)


def test_two_sums_that_end_together(tmp_path):
    """GFS has the sum since the start beside that of the last hours: the shorter one is read."""
    whole = c.totals(RAIN / 1000, None)
    fields = [forecast(k, k + 1, RAIN[k] / 1000) for k in range(12)]
    fields += [forecast(0, k + 1, whole[k]) for k in range(1, 12)]
    record = open_record(grib(tmp_path / "a.grib2", fields))
    np.testing.assert_allclose(record.rain[:, 0], RAIN, atol=2e-3)


def test_grib_1_with_missing_cells(tmp_path):
    values = RAIN[0] / 1000
    values[0, 0] = np.nan
    keys = SUM | {"timeRangeIndicator": 4, "P1": 0, "P2": 1}
    record = open_record(grib(tmp_path / "a.grb", [keys | {"values": values}], edition=1))
    got = record.rain[0, 0].to_numpy()
    assert np.isnan(got[0, 0])
    np.testing.assert_allclose(got[1:], RAIN[0, 1:], atol=1e-3)


def test_a_series_of_mrms_packed_by_gzip(tmp_path):
    """Product 37 of discipline 209 is an hour's sum; -3 and -1 are codes and no rain."""
    folder = tmp_path / "mrms"
    folder.mkdir()
    for k in range(4):
        values = RAIN[k].astype(float)
        values[0], values[1, 0] = -3, -1
        keys = {"discipline": 209, "parameterCategory": 6, "parameterNumber": 37, "dataDate": 20200301}
        name = f"MRMS_MultiSensor_QPE_01H_Pass2_00.00_20200301-0{k + 1}0000.grib2.gz"
        grib(folder / name, [keys | {"dataTime": 100 * (k + 1), "values": values}], pack=True)
    record = open_record(folder)
    got = record.rain[:, 0].to_numpy()
    assert np.isnan(got[:, 0]).all()
    assert np.isnan(got[:, 1, 0]).all()
    np.testing.assert_allclose(got[:, 2:], RAIN[:4, 2:], atol=1e-3)
    np.testing.assert_array_equal(record.bounds, np.stack([c.ends(4) - c.HOUR, c.ends(4)], 1))


def test_members_are_chosen(tmp_path):
    ensemble = {"productDefinitionTemplateNumber": 11, "typeOfStatisticalProcessing": 1}
    fields = [
        ensemble | SUM | {"number": m, "startStep": 0, "endStep": 1, "values": RAIN[m] / 1000} for m in (0, 1)
    ]
    path = grib(tmp_path / "a.grib2", fields)
    with pytest.raises(UserError, match=r"has 2 members\n.*files.select=\{number: 0\}"):
        open_record(path)
    record = open_record(path, ReadingConfig(select={"number": 1}))
    np.testing.assert_allclose(record.rain[0, 0], RAIN[1], atol=1e-3)
    record = open_record(path, ReadingConfig(members="number"))
    np.testing.assert_allclose(record.rain[0], RAIN[:2], atol=1e-3)
    assert record.members == ("0", "1")


def test_one_member_is_chosen_by_its_number_alone(tmp_path):
    path = grib(tmp_path / "a.grib2", [forecast(0, 1, RAIN[0] / 1000)])
    np.testing.assert_allclose(open_record(path).rain, open_record(path, number(0)).rain)
    with pytest.raises(UserError, match=r"'number' has no entry 4\n.*there are 0"):
        open_record(path, number(4))


def test_members_of_other_times_are_no_ensemble(tmp_path):
    ensemble = {"productDefinitionTemplateNumber": 11, "typeOfStatisticalProcessing": 1} | SUM
    fields = [
        ensemble | {"number": m, "startStep": m, "endStep": m + 1, "values": RAIN[m] / 1000} for m in (0, 1)
    ]
    with pytest.raises(UserError, match="member 1 has other times"):
        open_record(grib(tmp_path / "a.grib2", fields), ReadingConfig(members="number"))


def test_other_fields_are_listed(tmp_path):
    path = grib(tmp_path / "a.grib2", [{"shortName": "2t", "values": RAIN[0] + 270}])
    with pytest.raises(UserError, match="has no precipitation; it has 2t"):
        open_grib(path, ReadingConfig())


@pytest.mark.parametrize("pack", [False, True])
def test_a_file_that_is_cut_off(tmp_path, pack):
    path = grib(tmp_path / "a.grib2", [forecast(k, k + 1, RAIN[k] / 1000) for k in range(3)], pack=pack)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 40])
    with pytest.raises(UserError, match=r"(message 2 is cut off|cannot be read).*\n.*fetch"):
        read_messages(path)
    path.write_bytes(whole)
    assert bytes_of(path)[:4] == b"GRIB"
    np.testing.assert_allclose(values_of(path, read_messages(path)[2]), RAIN[2] / 1000, atol=1e-6)


def test_a_real_analysis_in_grib_1(shared_data):
    """Stage IV: six hours on a polar stereographic grid."""
    record = open_record(shared_data / "raw" / "stageiv" / "ST4.2002030112.06h.grb")
    rain = record.rain.to_numpy()
    assert float(np.nanmax(rain)) == pytest.approx(91.75 / 6, rel=1e-3)
    assert np.isfinite(rain).mean() == pytest.approx(0.724, abs=1e-3)
    assert record.bounds[0, 1] - record.bounds[0, 0] == 6 * c.HOUR
    assert record.static["lat"][0, 0, 0] == pytest.approx(23.117, abs=1e-3)


def test_a_real_file_of_mrms(shared_data):
    """Its codes are no rain: 35 % of the grid has no coverage."""
    path = shared_data / "raw" / "mrms" / "MRMS_GaugeCorr_QPE_01H_00.00_20170102-120000.grib2"
    values = open_grib(path, ReadingConfig())["precipitation_amount"].to_numpy()
    assert float(np.nanmax(values)) == pytest.approx(62.8, rel=1e-5)
    assert float(np.nanmin(values)) == 0
    assert np.isfinite(values).mean() == pytest.approx(0.648, abs=1e-3)
