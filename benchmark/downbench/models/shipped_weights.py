"""Weights that installed distributions bring, found by name: ``METHOD@DATA``, as ``ofdiff@mrms-4km``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from downbench.errors import UserError
from downbench.models.model_card import CARD, ModelCard
from downbench.plugins.data_folders import data_folders
from downbench.store.record import read_record

GROUP, VARIABLE = "downbench.weights", "DOWNBENCH_WEIGHTS"
NONE_INSTALLED = "no weights are installed: pip install 'downbench[weights]'"
NAME = re.compile(r"[a-z0-9][a-z0-9.-]*@[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True)
class ShippedWeights:
    """A model folder of an installed distribution."""

    name: str
    directory: Path
    distribution: str

    @property
    def card(self) -> ModelCard | None:
        """What it says of itself; None where that cannot be read."""
        try:
            return read_record(self.directory / CARD, ModelCard)
        except ValueError:
            return None


def all_weights() -> list[ShippedWeights]:
    """What all installed distributions bring, by name; of two of one name the first, ours before others'."""
    named: dict[str, ShippedWeights] = {}
    for folder in data_folders(GROUP, VARIABLE):
        for card in sorted(folder.path.glob(f"*@*/{CARD}")):
            name = card.parent.name
            if NAME.fullmatch(name):
                named.setdefault(name, ShippedWeights(name, card.parent, folder.distribution))
    return sorted(named.values(), key=lambda one: one.name)


def is_name(text: str) -> bool:
    """Whether a text may be the name of weights."""
    return NAME.fullmatch(text) is not None


def find_shipped(name: str) -> Path:
    """The model folder of a name.

    Raises:
        UserError: there is none; the message says what there is.
    """
    shipped = {one.name: one.directory for one in all_weights()}
    if name in shipped:
        return shipped[name]
    if not shipped:
        hint = f"{NONE_INSTALLED}, or name a run directory"
    elif close := get_close_matches(name, shipped, n=3):
        hint = f"did you mean {', '.join(close)}?"
    else:
        hint = f"there are: {', '.join(shipped)}"
    raise UserError(f"there are no weights called {name!r}, and no such folder", hint)
