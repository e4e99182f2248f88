"""Archives: whole, cut off, and with members that would leave their folder."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from downbench import UserError
from downbench_datasets.fetching.archives import unpack, unpacked_name


def tar(path, *members):
    with tarfile.open(path, "w:gz") as archive:
        for name, kind in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = (
                kind,
                "/etc/passwd",
                4 if kind == tarfile.REGTYPE else 0,
            )
            archive.addfile(member, io.BytesIO(b"rain") if kind == tarfile.REGTYPE else None)
    return path


def zipped(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "rain")
    return path


def test_names():
    names = {
        "a.tar.gz": "a",
        "b.zip": "b",
        "c.grib2.gz": "c.grib2",
        "d.nc": "d.nc",
        "E.ZIP": "E",
        "f.tgz": "f",
    }
    assert {name: unpacked_name(name) for name in names} == names


def test_whole_archives(tmp_path):
    tar(tmp_path / "a.tar.gz", ("x/rain.nc", tarfile.REGTYPE))
    assert (unpack(tmp_path / "a.tar.gz", tmp_path / "a") / "x" / "rain.nc").read_text() == "rain"
    zipped(tmp_path / "b.zip", "rain.nc")
    assert (unpack(tmp_path / "b.zip", tmp_path / "b") / "rain.nc").read_text() == "rain"
    (tmp_path / "c.grib2.gz").write_bytes(gzip.compress(b"rain"))
    assert unpack(tmp_path / "c.grib2.gz", tmp_path / "c.grib2").read_text() == "rain"


@pytest.mark.parametrize("name", ["../out.nc", "/out.nc", "a/../../out.nc", "..\\out.nc", "C:\\out.nc"])
@pytest.mark.parametrize("ending", ["zip", "tar.gz"])
def test_members_that_leave_their_folder(tmp_path, name, ending):
    inside = tmp_path / "inside"
    inside.mkdir()
    path = inside / f"a.{ending}"
    zipped(path, "good.nc", name) if ending == "zip" else tar(path, (name, tarfile.REGTYPE))
    with pytest.raises(UserError, match="has a member that would leave its folder"):
        unpack(path, inside / "a")
    assert sorted(tmp_path.rglob("*")) == [inside, path], "nothing was written"


def test_a_link_in_an_archive(tmp_path):
    path = tar(tmp_path / "a.tar.gz", ("rain.nc", tarfile.SYMTYPE))
    with pytest.raises(UserError, match=r"holds a link or a device: 'rain\.nc'"):
        unpack(path, tmp_path / "a")


@pytest.mark.parametrize("ending", ["zip", "tar.gz", "gz"])
def test_an_archive_that_is_cut_off(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    if ending == "gz":
        path.write_bytes(gzip.compress(bytes(range(256)) * 20))
    else:
        zipped(path, "rain.nc") if ending == "zip" else tar(path, ("rain.nc", tarfile.REGTYPE))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(UserError, match="is damaged or cut off"):
        unpack(path, tmp_path / "a")
    assert not (tmp_path / "a").exists()
