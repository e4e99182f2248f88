"""The page of the house tells the truth: its walks pass functions that exist and that call each other."""

import inspect
import re
from importlib import import_module
from itertools import pairwise

import pytest
from folders import ROOT

PAGE = (ROOT / "docs" / "project" / "architecture.md").read_text(encoding="utf-8")
WALKS = re.findall(r"^### (.+?)\n(.+?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
STEP = re.compile(r"`(downbench[\w.]*):([\w.]+)`")


def step(module, name):
    value = import_module(module)
    for part in name.split("."):
        value = getattr(value, part)
    return value


def test_there_are_four_walks():
    assert len(WALKS) == 4
    assert all(len(STEP.findall(text)) >= 5 for _, text in WALKS)


@pytest.mark.parametrize(("title", "text"), WALKS, ids=[title for title, _ in WALKS])
def test_each_function_of_a_walk_is_named_by_one_before_it(title, text):
    steps = STEP.findall(text)
    sources = [inspect.getsource(inspect.getmodule(step(*one))) for one in steps]
    for number, (_, name) in enumerate(steps[1:], start=1):
        last = name.split(".")[-1]
        assert any(re.search(rf"\b{last}\b", source) for source in sources[:number]), (
            f"{title}: nothing before it calls {name}"
        )


@pytest.mark.parametrize(
    "package", ["benchmark/downbench", "methods/downbench_methods", "datasets/downbench_datasets"]
)
def test_the_page_names_every_room(package):
    rooms = [folder.name for folder in (ROOT / package).iterdir() if (folder / "__init__.py").is_file()]
    assert rooms
    assert [room for room in rooms if f"`{room}/`" not in PAGE] == []


def test_the_rooms_of_the_core_stand_in_the_order_that_import_linter_holds():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    layers = text.split('containers = ["downbench"]')[1].split("]")[0]
    order = {room: row for row, line in enumerate(layers.splitlines()) for room in re.findall(r"\w+", line)}
    drawing = PAGE.split("```")[1]
    drawn = [line.split()[0] for line in drawing.splitlines() if line.split() and line.split()[0] in order]
    assert len(drawn) > 8
    assert all(order[above] <= order[below] for above, below in pairwise(drawn))
