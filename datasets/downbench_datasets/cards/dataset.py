"""The dataset of a card: a reader with the card's settings, licence, notes and regions."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import xarray as xr
from pydantic import create_model

from downbench import Config, Dataset, box_mask
from downbench_datasets.cards.card import Card, read_card
from downbench_datasets.cards.orders import READERS, check_settings, root_of, with_prepared
from downbench_datasets.cards.words import in_card_words, words_of_card
from downbench_datasets.files.config import RainFilesConfig
from downbench_datasets.reading.settings import ReadingConfig

_OF_RAIN = ("limit",)  # settings that count for what is prepared, too


def _config_of(card: Card, path: Path) -> type[Config]:
    """The reader's configuration, with the card's settings as defaults.

    What says how files are read has done its work where the data are prepared first.
    """
    base = READERS[card.reader].Config
    checked = check_settings(card, path)
    fields: dict[str, Any] = {}
    for key in card.settings:
        if card.is_prepared_first and key in ReadingConfig.model_fields and key not in _OF_RAIN:
            continue
        field = copy.copy(base.model_fields[key])
        field.default, field.default_factory = getattr(checked, key), None
        fields[key] = (field.annotation, field)
    return create_model(f"{base.__name__}Of{card.name.title()}", __base__=base, **fields)


@cache
def dataset_of_card(path: Path) -> type[Dataset]:
    """Make the class of a card's dataset.

    Raises:
        UserError: the card is wrong.
    """
    card = read_card(path)
    reader: Any = READERS[card.reader]

    class OfCard(reader):  # type: ignore[misc]
        Config = _config_of(card, path)
        name = card.name
        __doc__ = f"{card.title or card.name}.\n\n{card.citation}".strip()

        def __init__(self, config: Any, root: Path | None = None) -> None:
            self.read_from = root_of(card, path, root)
            self.homes = (path.parent, *([root] if root is not None else []))
            with words_of_card(path):
                if "factor" in card.settings:  # a card sets it as somebody at the command line does
                    config = config.model_copy(update={"factor": config.factor})
                if card.is_prepared_first and isinstance(config, RainFilesConfig):
                    config = with_prepared(config, self.read_from, path)
                super().__init__(config, self.read_from)
            self.variant = card.name
            self.licence: str = card.licence or self.licence
            self.notes: tuple[str, ...] = (*card.notes, *map(in_card_words, self.notes))

        @property
        def label(self) -> str:
            return card.name

        def regions(self, static: xr.Dataset) -> Mapping[str, xr.DataArray]:
            own = {name: box_mask(static, *box) for name, box in card.regions.items()}
            return {**super().regions(static), **own}

    return OfCard
