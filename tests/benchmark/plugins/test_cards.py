"""Datasets that a file describes, and commands and records of plug-ins, by the hooks that bring them in."""

from __future__ import annotations

import json

import pytest

from downbench import UserError
from downbench.cli.commands.schema import schema
from downbench.plugins.registry import Registry
from downbench.suite.request import apply_settings

PLUGIN = '''
from downbench import CommandInfo, Config, DatasetInfo, hookimpl
from pydantic import BaseModel

class Note(BaseModel):
    text: str

def dataset_of(card):
    return type("FromCard", (), {"Config": Config, "text": card.read_text()})

def hello() -> None:
    """Say hello."""
    print("hello")

COMMANDS = {"hello": hello}

@hookimpl
def downbench_dataset_of(path):
    if path.read_text().startswith("mine"):
        return DatasetInfo(name=path.stem, target=f"{__name__}:dataset_of", card=str(path))

@hookimpl
def downbench_records():
    return {"note": f"{__name__}:Note"}

@hookimpl
def downbench_commands():
    return [CommandInfo(name="greet", target=f"{__name__}:COMMANDS", title="Greet")]
'''


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    path = tmp_path_factory.mktemp("plugin") / "card_plugin.py"
    path.write_text(PLUGIN)
    return path


def test_a_card_in_a_file_is_a_dataset(plugin, tmp_path, monkeypatch):
    registry = Registry(files=(plugin,), builtins_only=True)
    (tmp_path / "rain.yaml").write_text("mine")
    monkeypatch.chdir(tmp_path)
    entry = registry.find("dataset", "rain.yaml")
    assert entry.load().text == "mine"
    assert entry.load().name == "rain"
    assert entry.full_name == str(tmp_path / "rain.yaml"), "another process finds it by this"
    assert registry.find("dataset", entry.full_name) is entry
    assert registry.find("dataset", "rain") is entry, "it is one of the session's datasets from then on"


def test_no_such_card(plugin):
    with pytest.raises(UserError, match=r"the dataset card nowhere\.yaml does not exist"):
        Registry(files=(plugin,), builtins_only=True).find("dataset", "nowhere.yaml")


def test_settings_of_a_card_by_the_name_of_its_file():
    suite = {"methods": [], "datasets": [{"name": "cards/my.rain.yaml"}, {"name": "other"}]}
    apply_settings(suite, ["my.rain.factor=4", "cards/my.rain.yaml.crop=true", "other.size=8"])
    assert suite["datasets"][0]["set"] == {"factor": 4, "crop": True}
    assert suite["datasets"][1]["set"] == {"size": 8}


def test_a_command_of_a_plugin_may_have_subcommands(bench, plugin):
    assert bench("greet", "hello", "--plugin", str(plugin)).stdout == "hello\n"


def test_a_record_of_a_plugin_has_a_schema(bench, plugin):
    assert json.loads(bench("schema", "note", "--plugin", str(plugin), "--json").stdout)["title"] == "Note"


def test_an_unknown_record_gets_the_nearest_name():
    with pytest.raises(UserError, match=r"no record 'sampel'\n  did you mean 'sample'"):
        schema("sampel")
