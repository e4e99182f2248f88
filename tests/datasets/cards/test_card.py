"""Cards: what they may hold, and what is said of a mistake."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from imitations import drops
from store_files import rain_file

from downbench import UserError, open_dataset
from downbench_datasets.cards.card import read_card
from downbench_datasets.cards.dataset import dataset_of_card
from downbench_datasets.cards.info import card_info, cards_in, name_of_card
from downbench_datasets.cards.listing import list_all
from downbench_datasets.cards.new import card_text, name_of
from downbench_datasets.cards.orders import card_of, order_of, root_of
from downbench_datasets.commands.options import settings_of

GOOD = """\
name: my-rain
title: Rain of mine
licence: CC BY 4.0
data: {path: rain.nc}
settings: {factor: 4, variable: precipitation}
regions: {west: [0, 40, 5, 60]}
notes: made up
"""


def written(folder, text):
    path = folder / "card.yaml"
    path.write_text(text)
    return path


@pytest.fixture
def card(tmp_path):
    lat, lon = (
        ("y", np.linspace(60, 50, 16), {"units": "degrees_north"}),
        ("x", np.arange(24.0), {"units": "degrees_east"}),
    )
    rain_file(tmp_path / "rain.nc", lat=lat, lon=lon)
    return written(tmp_path, GOOD)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("title", "titel"), r"card .*card\.yaml, line 2: there is no key 'titel'\n  did you mean 'title'\?"),
        (("path", "paths"), r"line 4: there is no key 'data\.paths'\n  did you mean 'path'"),
        (("data: {path: rain.nc}\n", ""), "the key 'data' is missing"),
        (("name: my-rain", "name: My Rain"), "line 1: name: use lower case letters"),
        (
            ("[0, 40, 5, 60]", "[0, 40, 5]"),
            "line 6: regions.west.3: |line 6: there|line 6: the key 'regions.west.3' is missing",
        ),
        (("rain.nc}", "rain.nc, url: x}"), "data: give either path or url"),
        (("notes: made up", "notes: &a [*a, *a]"), "is not YAML|is nested|aliases"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path, change, message):
    with pytest.raises(UserError, match=message):
        read_card(written(tmp_path, GOOD.replace(*change)))


def test_an_unknown_setting_gets_the_nearest_name(tmp_path):
    path = written(tmp_path, GOOD.replace("factor", "facter"))
    with pytest.raises(UserError, match="has no parameter 'facter'\n  did you mean 'factor'"):
        order_of(read_card(path), path)


@pytest.mark.parametrize("content", [b"", b"- a", b"\xff\xfe", b"x" * 300_000])
def test_what_is_no_card(tmp_path, content):
    path = tmp_path / "card.yaml"
    path.write_bytes(content)
    with pytest.raises(UserError, match="card"):
        read_card(path)


def test_listing_reads_the_first_lines_only(tmp_path):
    info = card_info(written(tmp_path, GOOD + "nonsense: [\n"))
    assert (info.name, info.title, info.licence) == ("my-rain", "Rain of mine", "CC BY 4.0")
    assert card_info(written(tmp_path, GOOD + "record: mine_2010\n")).record == "mine_2010"
    assert card_info(written(tmp_path, "")).name == "card"
    assert [info.name for info in cards_in(tmp_path)] == ["card"]
    assert name_of_card(tmp_path / "My Rain.yaml") == "my-rain"


def test_a_card_is_a_dataset(card, bench):
    dataset = open_dataset(str(card))
    assert (dataset.label, dataset.factor, dataset.licence) == ("my-rain", 4, "CC BY 4.0")
    assert "made up" in dataset.notes
    assert open_dataset(str(card), settings={"factor": 8}).factor == 8
    plain = open_dataset("files", card.parent / "rain.nc", {"factor": 4})
    ours, theirs = dataset.open("test")[0], plain.open("test")[0]
    np.testing.assert_array_equal(ours.fine, theirs.fine)
    assert len(dataset.fingerprint()) == 64
    west = dataset.regions(ours.static)["west"].to_numpy()[0]
    assert west.sum() == 6 * 16
    assert isinstance(dataset, dataset_of_card(card))
    assert card_of(str(card))[0] == card


def test_a_card_that_is_not_prepared_says_what_to_do(tmp_path):
    path = written(tmp_path, GOOD.replace("regions", "prepare: {bits: 10}\nregions"))
    with pytest.raises(
        UserError, match=r"it has not been prepared yet\n  bench data prepare .*card\.yaml \[--source"
    ):
        root_of(read_card(path), path)


def test_a_run_on_a_card_and_its_scores_again(card, bench):
    settings = ("--no-controls", "--metric", "mse", "--set", "card.factor=8", "--json")
    run = json.loads(bench("run", "-m", "nearest", "-d", card, *settings).stdout)["runs"][0]
    record = json.loads((Path(run["directory"]) / "run.json").read_text())["dataset"]
    assert (record["name"], record["card"], record["factor"]) == ("my-rain", str(card), 8)
    again = json.loads(bench("score", run["directory"], "--metric", "mse", "--json").stdout)
    assert again


def test_a_new_card_runs(tmp_path):
    rain_file(tmp_path / "My rain.nc", shape=(64, 70), values=drops(10, 64, 70))
    text = card_text(tmp_path / "My rain.nc", tmp_path / "new.yaml", {})
    (tmp_path / "new.yaml").write_text(text)
    assert name_of(tmp_path / "My rain.nc") == "my-rain"
    assert name_of(tmp_path / "My rain.zarr.zip") == "my-rain"
    dataset = open_dataset(str(tmp_path / "new.yaml"))
    assert dataset.factor == 8
    assert dataset.open("train")[0].fine.shape[-2:] == (64, 64), "what fills no coarse cell is left out"


def test_no_card_is_written_of_a_single_row(tmp_path):
    rain_file(tmp_path / "row.nc", shape=(1, 64))
    with pytest.raises(UserError, match="1 x 64 cells make no coarse cell"):
        card_text(tmp_path / "row.nc", tmp_path / "new.yaml", {})


def test_every_dataset_has_a_state():
    states = {row["name"]: row["state"] for row in list_all()}
    assert states["xshield"] == "ready"
    assert states["knmi-2010"] in ("ready", "not prepared")
    assert "broken card" not in states.values()


def test_settings_on_the_command_line():
    assert settings_of(["files.factor=4", "my.rain.missing=[-3, -1]"]) == {"factor": 4, "missing": [-3, -1]}
    with pytest.raises(UserError, match=r"is not 'name\.key=value'"):
        settings_of(["factor=4"])


def test_a_new_card_chooses_a_factor_that_leaves_whole_blocks(tmp_path):
    """A narrow coast of land: blocks of 8 hold sea everywhere, those of 2 do not."""
    lat = ("y", np.linspace(60, 50, 64), {"units": "degrees_north"})
    lon = ("x", np.arange(64.0), {"units": "degrees_east"})
    path = rain_file(tmp_path / "coast.nc", shape=(64, 64), lat=lat, lon=lon)
    with xr.open_dataset(path) as stored:
        whole = stored.load()
    land = whole["precipitation"].where(whole["lon"] % 8 < 5)
    whole.assign(precipitation=land).to_netcdf(tmp_path / "land.nc")
    factors = [
        next(
            line
            for line in card_text(tmp_path / name, tmp_path / "new.yaml", {}).splitlines()
            if "factor" in line
        )
        for name in ("coast.nc", "land.nc")
    ]
    assert [line.split()[-1] for line in factors] == ["8", "4"]


@pytest.mark.parametrize(("said", "factor"), [("", 4), ("factor: 8, ", 8)])
def test_a_pair_has_the_factor_of_its_card_or_else_that_of_both_grids(tmp_path, said, factor):
    """A card that says the usual factor says it as well as one that says another."""
    lat, lon = np.linspace(60, 45, 16), np.arange(24.0)
    for name, each in (("rain", 1), ("coarse", 4)):
        rows, columns = (line.reshape(-1, each).mean(1) for line in (lat, lon))
        values = np.random.default_rng(each).gamma(1, 1, (40, len(rows), len(columns))).astype(np.float32)
        places = {
            "lat": ("y", rows, {"units": "degrees_north"}),
            "lon": ("x", columns, {"units": "degrees_east"}),
        }
        rain_file(tmp_path / f"{name}.nc", values=values, **places)
    text = f"name: a-pair\ndata: {{path: rain.nc}}\nsettings: {{{said}coarse: coarse.nc}}\n"
    dataset = open_dataset(str(written(tmp_path, text)))
    assert (dataset.factor, dataset.config.factor) == (factor, factor)
