"""Mistakes of authors, made for real: each is told with its line and with what helps, in a few lines."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from downbench import RunFailed
from downbench.guard import running
from downbench.remedies import lacking

torch = pytest.importorskip("torch", reason="these are mistakes in networks")


class Contract(ABC):
    """Stands for what a toolkit asks of an author."""

    multiple = 1

    @classmethod
    @abstractmethod
    def network(cls, config: object, channels: int) -> object: ...

    @classmethod
    def loss(cls, rain: object) -> object:
        return rain

    @abstractmethod
    def sample(self, coarse: object, *, members: int = 1) -> object: ...


class Author(Contract):
    """Stands for an author's class."""

    @classmethod
    def network(cls, config: object, channels: int) -> object:
        return channels

    def sample(self, coarse: object, *, members: int = 1) -> object:
        return coarse


MISUNDERSTOOD = """
from {here} import Contract

class Author(Contract):
    @classmethod
    def network(cls, channels): ...

    def loss(self, rain): ...

    def sample(self, coarse): ...
"""


def said(mistake: Callable[[], object]) -> str:
    with pytest.raises(RunFailed) as caught, running("method 'mine'", Author):
        mistake()
    return str(caught.value)


def without_super() -> None:
    class Net(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            self.layer = torch.nn.Linear(1, 1)

    Net()


def tied() -> None:
    save = pytest.importorskip("safetensors.torch").save
    weight = torch.ones(2)
    save({"a": weight, "b": weight})


def overwritten() -> None:
    made = torch.sigmoid(torch.ones(2, requires_grad=True))
    made += 1
    made.sum().backward()


WEIGHT = torch.ones(2, requires_grad=True)
MAPS = torch.ones(1, 1, 8, 8)
MISTAKES = {
    "super().__init__()": without_super,
    "nn.ModuleList": lambda: torch.optim.Adam([]),
    "leave .detach()": lambda: WEIGHT.sum().detach().backward(),
    "without .item()": lambda: WEIGHT.sum().item().backward(),
    "take the mean": lambda: (2 * WEIGHT).backward(),
    "y = y + 1 in place": overwritten,
    "each its own": tied,
    "in place of a lazy one": lambda: torch.nn.LazyLinear(1).weight.detach(),
    "functions of torch": lambda: WEIGHT.numpy(),
    "make no layer double": lambda: torch.nn.Conv2d(1, 1, 3).double()(MAPS),
    "self.register_buffer": lambda: torch.ones(2, device="meta") + torch.ones(2),
    "make smaller": lambda: torch.empty(1 << 50),
    "as many as network()": lambda: torch.nn.Conv2d(3, 1, 3)(MAPS),
    "multiple = 2**n": lambda: torch.cat([MAPS, MAPS[..., :-1]], 1),
    'small "loss"': lambda: {"mse": 1}["loss"],
    "did you mean 'width'?": lambda: SimpleNamespace(width=1).widht,
}


@pytest.mark.parametrize("help_", MISTAKES)
def test_a_usual_mistake_is_told_with_its_remedy(help_: str) -> None:
    assert help_ in said(MISTAKES[help_])


def test_maps_of_unlike_size_meet_in_sums_too() -> None:
    assert "multiple = 2**n" in said(lambda: MAPS + MAPS[..., :-1])


def test_weights_of_another_network_are_told_in_a_few_lines() -> None:
    """torch writes a line for each of the weights."""
    net = torch.nn.Sequential(*(torch.nn.Linear(1, 1) for _ in range(200)))
    text = said(lambda: net.load_state_dict({}))
    assert "fit again, or use the code and the parameters that made them" in text
    assert len(text.splitlines()) <= 6
    assert len(text) < 1200


@pytest.mark.parametrize(
    ("call", "line", "right"),
    [
        (lambda author: author.network(None, 3), 5, "@classmethod def network(cls, config, channels)"),
        (lambda author: author.loss(3), 8, "@classmethod def loss(cls, rain)"),
        (lambda author: author().sample(3, members=2), 10, "def sample(self, coarse, *, members=1)"),
    ],
)
def test_a_function_that_takes_something_else_is_told_with_its_line(
    call: Callable[[Any], object], line: int, right: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "misunderstood.py").write_text(MISUNDERSTOOD.format(here=__name__))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "misunderstood", raising=False)
    author = import_module("misunderstood").Author
    with pytest.raises(RunFailed) as caught, running("method 'mine'", author):
        call(author)
    assert f"begin it with: {right}" in str(caught.value)
    assert f"misunderstood.py:{line})" in str(caught.value)


def test_what_a_class_has_to_write_is_told_as_it_is_written() -> None:
    assert lacking(Contract) == {
        "network": "@classmethod def network(cls, config, channels)",
        "sample": "def sample(self, coarse, *, members=1)",
    }
    assert lacking(Author) == {}


def test_a_class_that_chooses_what_is_made_lacks_nothing() -> None:
    class Choosing(Contract):
        def __new__(cls) -> Author:  # type: ignore[misc]
            return Author()

    assert lacking(Choosing) == {}
