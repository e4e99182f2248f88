"""All datasets, with whether they are ready to run."""

from __future__ import annotations

from pathlib import Path

from downbench import NEEDS_FILES, DatasetInfo, UserError, dataset_infos
from downbench_datasets.cards.card import read_card
from downbench_datasets.cards.orders import order_of
from downbench_datasets.preparing.prepare import is_prepared


def list_all() -> list[dict[str, str]]:
    """Name, title, licence and state of every dataset.

    States are ``ready``, ``not prepared``, ``needs files`` (with ``--data-root``) and ``broken card``.
    """
    return [
        {
            "name": info.name,
            "title": info.title,
            "licence": info.licence,
            "state": _state(info),
            "card": info.card,
        }
        for info in dataset_infos()
    ]


def _state(info: DatasetInfo) -> str:
    if not info.card:
        return "needs files" if NEEDS_FILES in info.tags else "ready"
    path = Path(info.card)
    try:
        card = read_card(path)
        target = order_of(card, path).standard_target
    except UserError:
        return "broken card"
    if not card.data.base:
        return "needs files"
    return "ready" if not card.is_prepared_first or is_prepared(target) else "not prepared"
