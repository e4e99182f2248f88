"""Stores of zarr in a zip file: read as they lie there, or refused in one message."""

from __future__ import annotations

import zipfile

import conventions as c
import numpy as np
import pytest

from downbench import UserError, packed_stores
from downbench_datasets.reading.formats.open_file import open_file
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.series import list_files
from downbench_datasets.reading.settings import ReadingConfig
from downbench_datasets.shared.fingerprint import digest_store

RAIN = c.rain(6)
NONE = ReadingConfig()


def record(values=RAIN, frames=slice(0, 6)):
    return c.lat_lon(values[frames], "pr", {"units": "mm/h"}, c.ends(6)[frames], "hours since 2020-03-01")


def pack(folder, path, inside="", **more):
    """A folder as a zip file; ``more`` are further files in it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(one for one in folder.rglob("*") if one.is_file()):
            packed.write(file, inside + file.relative_to(folder).as_posix())
        for name, content in more.items():
            packed.writestr(name, content)
    return path


def packed_record(tmp_path, inside="", version=3, **more):
    record().to_zarr(tmp_path / "a.zarr", zarr_format=version, consolidated=version == 2)
    return pack(tmp_path / "a.zarr", tmp_path / "rain.zarr.zip", inside, **more)


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("inside", ["", "rain.zarr/"])
def test_a_store_in_a_zip_file_is_read_where_it_lies(tmp_path, inside, version):
    """As zarr writes it, as somebody packs a folder, and as a Mac does."""
    more = {"__MACOSX/rain.zarr/._zarr.json": "x"} if inside else {}
    path = packed_record(tmp_path, inside, version, **more)
    before = sorted(tmp_path.iterdir())
    made = open_record(path)
    np.testing.assert_array_equal(made.rain[:, 0], RAIN)
    np.testing.assert_array_equal(made.rain["time"], c.ends(6))
    assert sorted(tmp_path.iterdir()) == before, "nothing is unpacked"


def test_an_inner_group_and_a_group_that_is_named(tmp_path):
    for level in (0, 1):
        record(RAIN * (level + 1)).to_zarr(
            tmp_path / "a.zarr", group=f"levels/{level}", mode="a", consolidated=False
        )
    path = pack(tmp_path / "a.zarr", tmp_path / "a.zarr.zip", "a.zarr/")
    with pytest.raises(UserError, match=r"rain in several groups: /levels/0, /levels/1"):
        open_file(path, NONE)
    named = open_record(path, ReadingConfig(group="levels/1"))
    np.testing.assert_array_equal(named.rain[:, 0], 2 * RAIN)


def test_a_folder_of_packed_stores_is_one_series(tmp_path):
    folder = tmp_path / "years"
    folder.mkdir()
    for name, frames in (("a", slice(0, 3)), ("b", slice(3, 6))):
        record(frames=frames).to_zarr(tmp_path / name, consolidated=False)
        pack(tmp_path / name, folder / f"{name}.zarr.zip")
    pack(tmp_path / "none", folder / "notes.zip", readme="no rain")
    assert [path.name for path in list_files(folder)] == ["a.zarr.zip", "b.zarr.zip"]
    np.testing.assert_array_equal(open_record(folder).rain[:, 0], RAIN)


def test_other_bytes_are_other_data(tmp_path):
    first = digest_store(packed_record(tmp_path))
    other = pack(tmp_path / "a.zarr", tmp_path / "other.zarr.zip", note="x")
    assert digest_store(other) != first


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        ("LARGEST_CHUNK", r"pr/c/0/0/0 would be [\d,]+ bytes unpacked"),
        ("LARGEST_TEXT", r"zarr\.json would be"),
    ],
)
def test_what_would_fill_the_memory_is_refused_before_it_is_read(tmp_path, monkeypatch, bound, message):
    path = packed_record(tmp_path)
    monkeypatch.setattr(packed_stores, bound, 100)
    with pytest.raises(UserError, match=message):
        open_file(path, NONE)


def test_a_zip_file_that_cannot_be_used_is_refused_in_one_message(tmp_path):
    path = packed_record(tmp_path)
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        chunk = packed.getinfo("pr/c/0/0/0")
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="damaged or cut off"):
        open_file(path, NONE)
    spoilt = bytearray(whole)
    at = chunk.header_offset + 60
    spoilt[at : at + 20] = bytes(20)
    path.write_bytes(spoilt)
    with pytest.raises(UserError, match="variable 'pr', cannot be read"):
        open_file(path, NONE)["pr"].load()
    pack(tmp_path / "none", tmp_path / "notes.zarr.zip", readme="rain")
    with pytest.raises(UserError, match="packed by zip\n  unpack it"):
        open_file(tmp_path / "notes.zarr.zip", NONE)


def test_an_encrypted_store_is_refused(tmp_path):
    path = packed_record(tmp_path)
    content = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag of each entry, here and in the list
        start = content.find(mark)
        while start >= 0:
            content[start + at] |= 1
            start = content.find(mark, start + 4)
    path.write_bytes(content)
    with pytest.raises(UserError, match="is encrypted"):
        open_file(path, NONE)
