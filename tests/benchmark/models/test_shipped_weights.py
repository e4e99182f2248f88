"""Weights by name: found by an entry point, without an import, and told what there is."""

import json
from pathlib import Path

import pytest
from folders import ROOT

from downbench import UserError
from downbench.models.shipped_weights import GROUP, VARIABLE, all_weights, find_shipped, is_name
from downbench.models.weights import open_weights
from downbench.plugins.session import registry


@pytest.fixture
def brought(tmp_path, monkeypatch) -> Path:
    """A distribution of two model folders, one of which is damaged, and a folder whose name is none."""
    package = tmp_path / "site" / "their_weights"
    for name in ("ofdiff@mrms-4km", "unet@haduk", "..@x", "notes"):
        (package / name).mkdir(parents=True)
        (package / name / "model.json").write_text("{}")
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    info = tmp_path / "site" / "their_weights-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-weights\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\ntheirs = their_weights\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delenv(VARIABLE, raising=False)
    return package


def test_folders_are_found_by_name(brought):
    theirs = [one for one in all_weights() if one.distribution == "their-weights"]
    assert [one.name for one in theirs] == ["ofdiff@mrms-4km", "unet@haduk"]
    assert find_shipped("unet@haduk") == brought / "unet@haduk"


@pytest.mark.parametrize(
    ("name", "said"),
    [("ofdiff@mrms-4k", "did you mean ofdiff@mrms-4km"), ("x@y", "there are: ofdiff@mrms-4km, ")],
)
def test_an_unknown_name_is_told_what_there_is(brought, monkeypatch, name, said):
    monkeypatch.setenv(VARIABLE, str(brought))
    with pytest.raises(UserError, match=said):
        open_weights(Path(name))


def test_none_installed_says_how(monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    with pytest.raises(UserError, match=r"pip install 'downbench\[weights\]'"):
        open_weights(Path("ofdiff@mrms-4km"))


def test_a_damaged_card_is_told_when_it_is_opened_and_listed(brought, bench, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(brought))
    with pytest.raises(UserError, match="does not say what it holds"):
        open_weights(Path("unet@haduk"))
    assert "its card cannot be read" in bench("list", "weights").stdout
    rows = json.loads(bench("list", "weights", "--json").stdout)
    assert [row["name"] for row in rows] == ["ofdiff@mrms-4km", "unet@haduk"]


def test_a_folder_of_that_name_goes_first(brought, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(brought))
    monkeypatch.chdir(tmp_path)
    Path("unet@haduk").mkdir()
    with pytest.raises(UserError, match="holds no fitted model"):
        open_weights(Path("unet@haduk"))


@pytest.mark.parametrize("text", ["runs/x@y", "../a@b", "a@", "@b", "A@b", "a@b/c", "a", ".a@b"])
def test_what_is_no_name(text):
    assert not is_name(text)


SHIPPED = sorted((ROOT / "methods/weights/downbench_weights").glob("*@*"))


def test_what_ships_is_small():
    assert len(SHIPPED) >= 3
    assert sum(file.stat().st_size for path in SHIPPED for file in path.iterdir()) < 25e6


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_what_ships_is_whole_and_loads(path):
    """The networks of today take the weights; a changed network needs new ones."""
    card = open_weights(path).card
    assert card.method.name == path.name.partition("@")[0]
    assert registry().find("method", card.method.name).load().load(path).module is not None
