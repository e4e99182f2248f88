"""``bench data`` as a user types it."""

from __future__ import annotations

import json

import pytest
import typer
import yaml
from store_files import rain_file

from downbench.cli.main import build_app
from downbench_datasets.commands import check, fingerprint, listing, new, prepare, preview, stats
from downbench_datasets.commands.data import COMMANDS, EXAMPLES

MODULES = (check, fingerprint, listing, new, prepare, preview, stats)


@pytest.mark.parametrize("example", [*EXAMPLES, *(line for module in MODULES for line in module.EXAMPLES)])
def test_an_example_is_understood(example):
    words = example.split()
    assert words[:2] == ["bench", "data"]
    group = typer.main.get_command(build_app(words[1:]))
    data = group.get_command(group.make_context("bench", [], resilient_parsing=True), "data")
    command = data.get_command(data.make_context("data", [], resilient_parsing=True), words[2])
    assert command.make_context(words[2], words[3:]).params


def test_a_tour(bench, tmp_path):
    rain_file(tmp_path / "rain.nc", shape=(64, 64))
    card = bench("data", "new", "rain.nc", "--out", "my.yaml").stdout
    assert yaml.safe_load(card.split("\nwritten to")[0])["data"] == {"path": "rain.nc"}
    assert "exists already" in bench("data", "new", "rain.nc", "--out", "my.yaml", code=2).stderr
    checked = json.loads(bench("data", "check", "my.yaml", "--html", "a.html", "--json").stdout)
    assert checked["verdict"] == "note", "the file has no latitude and longitude"
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert json.loads(bench("data", "stats", "my.yaml", "--json").stdout)[0]["shape"] == [40, 64, 64]
    ours = bench("data", "fingerprint", "my.yaml").stdout
    theirs = bench("data", "fingerprint", "rain.nc", "--set", "files.factor=8").stdout
    assert len(ours) == len(theirs) == 65
    bench("data", "preview", "my.yaml", "--out", "a.png")
    assert (tmp_path / "a.png").stat().st_size > 500
    listed = bench("data", "list").stdout
    assert all(name in listed for name in ("xshield", "knmi-2010"))
    assert set(COMMANDS) == {"list", "new", "check", "prepare", "stats", "fingerprint", "preview"}


def test_prepare_and_run(bench, tmp_path, monkeypatch):
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    rain_file(tmp_path / "rain.nc", shape=(32, 32))
    (tmp_path / "half.yaml").write_text(
        "data: {path: rain.nc}\nprepare: {coarsen: 2}\nsettings: {factor: 4}\n"
    )
    assert "it has not been prepared yet" in bench("data", "stats", "half.yaml", code=2).stderr
    first = json.loads(bench("data", "prepare", "half.yaml", "--json").stdout)
    assert json.loads(bench("data", "prepare", "half.yaml", "--json").stdout) == first
    assert json.loads(bench("data", "stats", "half.yaml", "--json").stdout)[0]["shape"] == [40, 16, 16]
    assert "has no card" in bench("data", "prepare", "xshield", code=2).stderr
