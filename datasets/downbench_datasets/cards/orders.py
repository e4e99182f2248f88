"""What a card asks for: its preparation, and the path that its reader reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from downbench import Config, Dataset, UserError, build_config, cache_folder, dataset_info
from downbench_datasets.cards.card import Card, read_card
from downbench_datasets.fetching.gather import gather, group_at
from downbench_datasets.files.config import RainFilesConfig
from downbench_datasets.files.inputs.spec import FieldSource
from downbench_datasets.files.rain_files import RainFiles
from downbench_datasets.preparing.inputs import Inputs, fetched_with
from downbench_datasets.preparing.prepare import Order, is_prepared
from downbench_datasets.preparing.store_writer import INPUTS
from downbench_datasets.reading.settings import ReadingConfig
from downbench_datasets.xshield.stores_dataset import XShieldStores

READERS: dict[str, type[Dataset]] = {"files": RainFiles, "xshield": XShieldStores}
SHIPPED = Path(__file__).parent / "shipped"


def card_of(name: str) -> tuple[Path, Card]:
    """The card of a dataset: a file, or one that a plug-in ships.

    Raises:
        UserError: there is no such dataset, or it has no card.
    """
    info = dataset_info(name)
    if not info.card:
        raise UserError(f"the dataset {name!r} has no card", "it needs no preparation: run it")
    path = Path(info.card)
    return path, read_card(path)


def order_of(card: Card, path: Path) -> Order:
    """What ``bench data prepare`` is asked for by a card.

    Raises:
        UserError: a setting is wrong.
    """
    config = check_settings(card, path)
    inputs = _inputs_of(card, config)
    reading = {key: value for key, value in card.settings.items() if key in ReadingConfig.model_fields}
    return Order(
        name=card.name,
        data=card.data,
        home=path.parent,
        reading=ReadingConfig.model_validate(reading),
        recipe=card.prepare,
        as_they_are=card.reader != "files",
        digest=card.digest(reading, {} if inputs is None else _plain(inputs)),
        inputs=inputs,
    )


def _inputs_of(card: Card, config: Config) -> Inputs | None:
    """Predictors and statics that are prepared with the rain; None without any."""
    if not isinstance(config, RainFilesConfig) or not card.is_prepared_first:
        return None
    predictors, statics = fetched_with(config.predictors), fetched_with(_by_name(config.statics))
    if not predictors and not statics:
        return None
    return Inputs(predictors, statics, card.data, group_at(card.data))


def _by_name(fields: Mapping[Any, FieldSource]) -> dict[str, FieldSource]:
    return {str(name): field for name, field in fields.items()}


def _plain(inputs: Inputs) -> dict[str, Any]:
    """What of them a preparation hangs on; units are read later."""
    fields = {**inputs.predictors, **inputs.statics}
    return {name: field.model_dump(mode="json", exclude={"units"}) for name, field in fields.items()}


def with_prepared(config: RainFilesConfig, root: Path, card: Path) -> RainFilesConfig:
    """A configuration whose predictors and statics are those that were prepared with the rain.

    Args:
        config: of a card that is prepared first.
        root: of the prepared store.
        card: where it stands.

    Raises:
        UserError: one was not prepared.
    """
    changed = {}
    for kind, asked in (("predictors", config.predictors), ("statics", _by_name(config.statics))):
        prepared = {name: _prepared(name, source, root, card) for name, source in fetched_with(asked).items()}
        changed[kind] = {**asked, **prepared}
    return config.model_copy(update=changed)


def _prepared(name: str, source: FieldSource, root: Path, card: Path) -> FieldSource:
    path = root / INPUTS / name
    if not path.exists():
        raise UserError(f"{root} has no {name!r} beside its rain", f"bench data prepare {card}")
    return FieldSource(variable=source.variable, file=str(path), units=source.units)


def root_of(card: Card, path: Path, root: Path | None = None) -> Path:
    """The path that the reader of a card reads.

    Args:
        card: the card.
        path: where it stands.
        root: that the user named: a prepared store, or the folder of the files of a card that needs no
            preparation.

    Raises:
        UserError: nothing there, or it is not prepared yet.
    """
    order = order_of(card, path)
    if order.as_they_are and root is not None:
        return root
    if not card.is_prepared_first:
        return gather(
            card.data, cache_folder() / "links" / f"{card.name}-{order.digest[:12]}", path.parent, root
        )
    candidate = root or order.standard_target
    if is_prepared(candidate):
        return candidate
    what = f"{root} holds no prepared data" if root else "it has not been prepared yet"
    source = f" --source {root}" if root else " [--source FOLDER]"
    name = card.name if path.parent == SHIPPED else str(path)
    raise UserError(f"dataset {card.name!r}: {what}", f"bench data prepare {name}{source}")


def check_settings(card: Card, path: Path) -> Config:
    """The settings of a card as its reader understands them.

    Raises:
        UserError: a setting is unknown or wrong.
    """
    return build_config(
        f"card {path}: settings of {card.reader!r}", READERS[card.reader].Config, {}, None, card.settings
    )
