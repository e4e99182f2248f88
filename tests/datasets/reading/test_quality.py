"""Flags and indices of quality beside rain are told, and change nothing."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.quality import quality_note

RAIN = np.random.default_rng(1).gamma(0.5, 2, (6, 8, 8)).astype(np.float32)
DIMS = ("time", "y", "x")


def notes(folder, rain_attrs=None, **others):
    """What a file of rain and other variables makes the reader say of quality; its rain stays as it is."""
    rain = xr.Dataset(
        {"pr": (DIMS, RAIN, {"units": "mm h-1", **(rain_attrs or {})}), **others},
        {"time": ("time", np.arange(6.0), {"units": "hours since 2020-06-01"})},
    )
    rain.to_netcdf(folder / "rain.nc")
    record = open_record(folder / "rain.nc")
    np.testing.assert_array_equal(record.rain[:, 0], RAIN)
    told = quality_note(record.sources, dict.fromkeys(record.sources, record.variable))
    assert [note for note in record.notes if "how good rain is" in note] == ([told] if told else [])
    return [told] if told else []


FLAG = {"flag_values": np.array([0, 1, 2], "i1"), "flag_meanings": "good suspect bad"}
INDEX = (DIMS, np.full((6, 8, 8), 0.5, np.float32))
MARKS = (DIMS, np.zeros((6, 8, 8), "i1"), FLAG)


@pytest.mark.parametrize(
    ("name", "variable", "rain_attrs"),
    [
        ("precipitationQualityIndex", INDEX, {}),  # IMERG
        ("RadarQualityIndex", INDEX, {}),  # MRMS
        ("marks", MARKS, {"ancillary_variables": "marks nowhere"}),
        ("pr_status", (DIMS, INDEX[1], {"standard_name": "precipitation_flux status_flag"}), {}),
        ("quality", (("y", "x"), np.ones((8, 8), "i2")), {}),
        ("pr_qc", MARKS, {}),
    ],
)
def test_a_variable_of_quality_is_told(tmp_path, name, variable, rain_attrs):
    (note,) = notes(tmp_path, rain_attrs, **{name: variable})
    assert note.startswith(f"'{name}'")
    assert "not applied: set the cells that you do not trust to NaN" in note
    assert ("(good, suspect, bad)" in note) == ("flag_meanings" in (variable[2] if len(variable) > 2 else {}))


def test_several_are_one_note(tmp_path):
    (note,) = notes(tmp_path, **{f"quality_{k}": INDEX for k in range(5)})
    assert "'quality_0', 'quality_1', 'quality_2' and 2 more say how good rain is, and are" in note


def test_flags_of_other_things_are_none_of_rain(tmp_path):
    """A kind of rain, an error of it, the flags of temperature, and a mask of land."""
    told = notes(
        tmp_path,
        {"ancillary_variables": "pr_error"},
        pr_error=INDEX,
        ptype=(DIMS, MARKS[1], {"flag_values": np.array([0, 1], "i1"), "flag_meanings": "rain snow"}),
        lsm=(("y", "x"), np.ones((8, 8), "i1"), {"flag_meanings": "sea land"}),
        tas=(DIMS, INDEX[1], {"units": "K", "ancillary_variables": "marks_of_it"}),
        marks_of_it=(DIMS, MARKS[1], {"standard_name": "quality_flag"}),
        tas_qc=MARKS,
        equal=INDEX,
    )
    assert told == []
