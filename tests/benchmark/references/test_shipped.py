"""References are found by an entry point, held against their index and unpacked once."""

import json
import shutil
import warnings
from pathlib import Path

import pytest

from downbench import DownbenchWarning, UserError
from downbench.cli.shipped import list_references
from downbench.files import cache_folder
from downbench.plugins.session import configure
from downbench.references.index import INDEX, read_index
from downbench.references.shipped import GROUP, VARIABLE, all_references, unpack, unpacked


def test_an_archive_becomes_a_marked_score_directory_in_the_cache(references):
    for one in references():
        run = unpack(one)
        assert run.directory.is_relative_to(cache_folder() / "references" / one.reference.sha256)
        assert run.marks == ("reference",)
        assert (run.record.method.name, run.record.origin is not None) == (one.reference.method, True)


def test_what_is_unpacked_is_not_unpacked_again_unless_it_is_damaged(references):
    one = references()[0]
    record = unpack(one).directory / "run.json"
    first = record.stat().st_mtime_ns
    assert unpack(one).directory == record.parent
    assert record.stat().st_mtime_ns == first
    (record.parent / "scores.parquet").write_bytes(b"x")
    assert (unpack(one).directory / "scores.parquet").stat().st_size > 1
    record.write_text("{")
    assert json.loads((unpack(one).directory / "run.json").read_text())["status"] == "finished"


@pytest.mark.parametrize("damage", ["bytes", "missing", "index"])
def test_one_that_cannot_be_used_is_left_out_with_a_warning(folder, installed, tmp_path, monkeypatch, damage):
    copy = shutil.copytree(folder, tmp_path / "copy")
    monkeypatch.setenv(VARIABLE, str(copy))
    if damage != "index":  # what was unpacked before needs no archive
        monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    first = read_index(copy).references[0]
    path = copy / first.archive
    if damage == "bytes":
        path.write_bytes(path.read_bytes()[:-1])
    elif damage == "missing":
        path.unlink()
    else:  # an index that gives the results of one method to another
        content = json.loads((copy / INDEX).read_text())
        content["references"][0]["method"] = "mine"
        (copy / INDEX).write_text(json.dumps(content))
    with pytest.warns(DownbenchWarning, match="is left out"):
        assert len(list(unpacked(all_references()))) == 3


@pytest.mark.parametrize("archive", ["../x.bench.zip", "/x/y.bench.zip", "x/../../y.bench.zip", "x/y.py"])
def test_an_index_that_would_leave_its_folder_is_refused(folder, tmp_path, archive):
    copy = shutil.copytree(folder, tmp_path / "copy")
    content = json.loads((copy / INDEX).read_text())
    content["references"][0]["archive"] = archive
    (copy / INDEX).write_text(json.dumps(content))
    with pytest.raises(UserError, match="archive"):
        read_index(copy)


def test_a_cache_that_cannot_be_written_stops_nothing(references, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "file"))
    with pytest.warns(DownbenchWarning, match="cannot be unpacked"):
        assert list(unpacked(references())) == []


@pytest.fixture
def third_party(folder, tmp_path, monkeypatch) -> Path:
    """A distribution of data alone, installed in a folder of the path; importing it would fail."""
    site = tmp_path / "site"
    shutil.copytree(folder, site / "their_results")
    (site / "their_results" / "__init__.py").write_text("raise SystemExit('imported')")
    info = site / "their_results-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-results\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\ntheirs = their_results\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    return site


def theirs() -> list:
    return [one for one in all_references() if one.distribution == "their-results"]


def test_a_third_party_brings_references_without_an_import(third_party, monkeypatch):
    assert len(theirs()) == 4
    assert unpack(theirs()[0]).record.dataset.name == "toy"
    monkeypatch.setenv("DOWNBENCH_PLUGINS", "others")
    assert theirs() == []
    monkeypatch.setenv("DOWNBENCH_PLUGINS", "Their_Results")
    assert len(theirs()) == 4
    configure(builtins_only=True)
    assert theirs() == []
    configure()


@pytest.mark.parametrize("content", ["{", '{"format": "other"}', '{"schema_version": 2, "references": []}'])
def test_a_distribution_whose_index_cannot_be_read_takes_nothing_down(third_party, content):
    (third_party / "their_results" / INDEX).write_text(content)
    with pytest.warns(DownbenchWarning, match="their-results are left out"):
        assert theirs() == []


def test_none_installed_is_no_matter(bench, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all_references() == []
    assert "no references are installed" in bench("list", "references").stdout
    assert json.loads(bench("list", "references", "--json").stdout) == []


def test_they_are_listed_by_what_was_scored(bench, installed):
    text = bench("list", "references").stdout
    assert text.startswith("toy")
    assert "ref:noisy@0" in text
    assert json.loads(bench("list", "references", "--json").stdout) == list_references(json=True)
    assert [row["name"] for row in list_references(json=True)] == [
        one.name for one in read_index(installed).references
    ]
