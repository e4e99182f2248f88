"""What a file is stands in it, whatever its name; what it is not is said."""

from __future__ import annotations

import conventions as c
import numpy as np
import pytest

from downbench import UserError
from downbench_datasets.reading.formats.open_file import is_data_file, open_file
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.settings import ReadingConfig

NONE = ReadingConfig()


@pytest.mark.parametrize("page", [
    b"<!DOCTYPE html>\n<html><head><title>Earthdata Login</title>", b"\n <HTML>",
    b'<?xml version="1.0"?><html lang="en">',
])  # fmt: skip
def test_a_web_page_in_place_of_data(tmp_path, page):
    path = tmp_path / "3B-HHR.MS.MRG.3IMERG.V07B.HDF5"
    path.write_bytes(page + b" " * 600)
    with pytest.raises(UserError, match=r"is a web page and no data\n.*log in"):
        open_file(path, NONE)


def test_an_empty_file(tmp_path):
    (tmp_path / "rain.nc").touch()
    with pytest.raises(UserError, match="is empty"):
        open_file(tmp_path / "rain.nc", NONE)


@pytest.mark.parametrize("keep", [0.3, 0.9])
@pytest.mark.parametrize("form", ["NETCDF4", "NETCDF3_CLASSIC"])
def test_netcdf_that_is_cut_off(tmp_path, form, keep):
    data = c.lat_lon(c.rain(), "pr", {"units": "mm/h"}, c.ends(), "hours since 2020-03-01")
    data.to_netcdf(tmp_path / "a.nc", format=form)
    whole = (tmp_path / "a.nc").read_bytes()
    (tmp_path / "a.nc").write_bytes(whole[: int(keep * len(whole))])
    with pytest.raises(UserError, match=r"a.nc.* cannot be (opened|read)"):
        open_record(tmp_path / "a.nc").rain.to_numpy()


def test_a_packed_file_that_is_cut_off(tmp_path):
    import gzip

    path = tmp_path / "a.grib2.gz"
    path.write_bytes(gzip.compress(np.random.default_rng(0).bytes(4000))[:15])
    with pytest.raises(UserError, match=r"a.grib2.gz cannot be read.*\n.*fetch it again"):
        open_file(path, NONE)


@pytest.mark.parametrize(("name", "data"), [
    ("a.nc", True), ("a.HDF5", True), ("b.RT-H5", True), ("c.grib2.gz", True), ("d.grb", True),
    ("e.tif", True),
    ("raa01-rw_10000-1408030950-dwd---bin.gz", True), ("f.hdf", True), ("README.md", False), ("g.txt", False),
])  # fmt: skip
def test_files_of_a_folder(tmp_path, name, data):
    (tmp_path / name).write_bytes(b"x")
    assert is_data_file(tmp_path / name) is data


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "zip"])
def test_packed_netcdf_is_named_as_such(tmp_path, kind):
    import bz2
    import gzip
    import zipfile

    netcdf = b"\x89HDF\r\n\x1a\n" + bytes(600)
    path = tmp_path / "a.nc.packed"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.nc", netcdf)
    else:
        path.write_bytes({"gzip": gzip, "bzip2": bz2}[kind].compress(netcdf))
    with pytest.raises(UserError, match=f"packed by {kind}"):
        open_file(path, NONE)


@pytest.mark.parametrize("answer", [
    b'{"error": "token expired"}', b'<?xml version="1.0"?> <Error><Code>AccessDenied</Code></Error>',
])  # fmt: skip
def test_the_answer_of_a_server_in_place_of_data(tmp_path, answer):
    path = tmp_path / "pr.nc"
    path.write_bytes(answer)
    with pytest.raises(UserError, match=r"is the answer of a server and no data: .*(token|AccessDenied)"):
        open_file(path, NONE)
