"""Archives: what was packed comes back, and nothing else is ever believed or unpacked."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downbench import UserError
from downbench.exchange import archive as module
from downbench.exchange.archive import read_archive, write_archive

FILES = {"run.json": b'{"a": 1}', "statistics.zarr/c/0/0": bytes(range(256)) * 4, "scores.csv": b""}
ALLOWED = ("run.json", "statistics.zarr", "scores.csv")


def pack(folder: Path, files=FILES) -> Path:
    for name, data in files.items():
        path = folder / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    write_archive(folder / "one.bench.zip", folder / "content", "1.0", "2026-01-01T00:00:00+00:00")
    return folder / "one.bench.zip"


def forge(path: Path, files, listed=None, compression=zipfile.ZIP_DEFLATED, **changes) -> Path:
    """An archive whose manifest says what the forger likes."""
    members = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in (listed or files).items()
    }
    manifest = {"format": "downbench run", "schema_version": 1, "release": "1", "exported": "now"}
    manifest |= {"members": members} | changes
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_what_was_packed_comes_back(tmp_path):
    manifest, contents = read_archive(pack(tmp_path), ALLOWED)
    assert dict(contents) == FILES
    assert (manifest.release, manifest.exported) == ("1.0", "2026-01-01T00:00:00+00:00")


def test_the_same_content_gives_the_same_bytes(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert pack(tmp_path / "a").read_bytes() == pack(tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "../run.json",
        "/run.json",
        "statistics.zarr/../../x",
        "statistics.zarr//x",
        "statistics.zarr\\x",
        "x.py",
        "statistics.zarr/c:/x",
        "statistics.zarr/./x",
        "statistics.zarr/a\nb",
        "statistics.zarr/a\u202eb",
        "statistics.zarr/" + "a" * 300,
        "statistics.zarr/" + "/".join("a" * 2000),
    ],
)
def test_names_that_leave_the_folder_or_do_not_belong_there(tmp_path, name):
    with pytest.raises(UserError, match=r"does not belong there|damaged"):
        read_archive(forge(tmp_path / "x.zip", {name: b"x"}), ALLOWED)


def test_files_that_are_not_listed(tmp_path):
    path = forge(tmp_path / "x.zip", {"run.json": b"x", "scores.csv": b"y"}, listed={"run.json": b"x"})
    with pytest.raises(UserError, match="not those that its manifest"):
        read_archive(path, ALLOWED)


def test_a_name_that_is_a_file_and_a_folder(tmp_path):
    files = {"run.json": b"x", "run.json/inner": b"y"}
    with pytest.raises(UserError, match=r"holds 'run\.json' as a file and as a folder"):
        read_archive(forge(tmp_path / "x.zip", files), ALLOWED)


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_another_compression(tmp_path, compression):
    """A few bytes of LZMA can ask for a dictionary of gigabytes, and damage in it is an error of its own."""
    with pytest.raises(UserError, match="compressed in another way"):
        read_archive(forge(tmp_path / "x.zip", {"run.json": b"x"}, compression=compression), ALLOWED)


def test_arrays_that_ask_for_more_memory_than_there_is(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "claimed_bytes", lambda contents: 2**40)
    with pytest.raises(UserError, match="would take more than 256 MiB in memory"):
        read_archive(pack(tmp_path), ALLOWED)


def test_content_of_another_digest(tmp_path):
    path = forge(tmp_path / "x.zip", {"run.json": b"evil"}, listed={"run.json": b"good"})
    with pytest.raises(UserError, match=r"run\.json is not what was packed"):
        read_archive(path, ALLOWED)


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    """A gibibyte of zeros in a few kilobytes: refused by what is listed, and by what comes if that lies."""
    monkeypatch.setattr(module, "LARGEST_CONTENT", 2**16)
    zeros = bytes(2**20)
    with pytest.raises(UserError, match="unpacked it would be larger"):
        read_archive(forge(tmp_path / "x.zip", {"run.json": zeros}), ALLOWED)
    with pytest.raises(UserError, match=r"run\.json is larger than it may be"):
        read_archive(forge(tmp_path / "x.zip", {"run.json": zeros}, listed={"run.json": b"x"}), ALLOWED)


def test_a_file_too_large_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_ARCHIVE", 100)
    with pytest.raises(UserError, match="it is larger than"):
        read_archive(pack(tmp_path), ALLOWED)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema_version": 2}, "its layout is of version 2, this release reads version 1"),
        ({"format": "other"}, "format"),
        ({"extra": 1}, "extra"),
    ],
)
def test_another_layout(tmp_path, changes, said):
    with pytest.raises(UserError, match=said):
        read_archive(forge(tmp_path / "x.zip", {"run.json": b"x"}, **changes), ALLOWED)


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04" + bytes(100)])
def test_what_is_not_an_archive(tmp_path, content):
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(UserError, match="cannot be used as an archive"):
        read_archive(tmp_path / "x.zip", ALLOWED)


def test_a_missing_file(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        read_archive(tmp_path / "x.zip", ALLOWED)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_is_refused_or_harmless(tmp_path_factory, data):
    """Flipped or lost bytes: what comes back is what was packed, or one message."""
    path = pack(tmp_path_factory.mktemp("archive"))
    whole = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        del whole[data.draw(st.integers(0, len(whole) - 1)) :]
    path.write_bytes(whole)
    try:
        _, contents = read_archive(path, ALLOWED)
    except UserError:
        return
    assert dict(contents) == FILES
