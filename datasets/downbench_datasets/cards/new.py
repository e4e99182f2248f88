"""A card written from a look at files."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from downbench import UserError, build_config, calendar_of, own_name, stem_of
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.reading.settings import ReadingConfig
from downbench_datasets.shared.coarsening import valid_throughout, whole_blocks
from downbench_datasets.shared.splits import period

_FACTORS = (8, 4, 2)
_FEW = 32  # wholly valid coarse cells that a factor should leave
_LEAST = 8  # coarse cells along an edge that a factor should leave


def name_of(path: Path) -> str:
    """Name of a dataset for files at a path."""
    name = re.sub(r"[^a-z0-9_.-]+", "-", stem_of(path).lower()).strip("_.-")
    return name or "my-rain"


def card_text(path: Path, card: Path, settings: Mapping[str, Any]) -> str:
    """The text of a card that stands at ``card``, for the data at ``path``.

    Raises:
        UserError: the data cannot be read; says which setting would settle it.
    """
    reading = {key: value for key, value in settings.items() if key in ReadingConfig.model_fields}
    config: Any = build_config("files", ReadingConfig, {}, None, reading)
    record = open_record(path, config)
    if min(record.rain.sizes[dim] for dim in ("y", "x")) < _FACTORS[-1]:
        sizes = " x ".join(str(record.rain.sizes[dim]) for dim in ("y", "x"))
        raise UserError(f"{path}: {sizes} cells make no coarse cell", "give a field of rows and columns")
    chosen = {**_made_out(record, reading), **settings}
    content = {
        "name": name_of(card),
        "title": _title(record, path),
        "data": {"path": _relative(path, card)},
        "settings": chosen,
        "licence": record.licence or "say what the owners of the data allow",
    }
    times = record.rain["time"]
    notes = [f"{period(times)}, calendar {calendar_of(times)}", *record.notes, _choice(record, chosen)]
    comments = "".join(f"# {note}\n" for note in notes if note)
    return comments + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=10_000)


def _title(record: RainRecord, path: Path) -> str:
    attrs = next(iter(record.sources.values())).attrs
    return " ".join(str(attrs.get("title") or f"Rain of {path.name}").split())[:120]


def _relative(path: Path, card: Path) -> str:
    """A path as a card has it: a link stays one, since it may point elsewhere tomorrow."""
    data = path.parent.resolve() / own_name(path)
    try:
        return Path(os.path.relpath(data, card.parent.resolve())).as_posix()
    except ValueError:  # on another drive
        return str(data)


def _made_out(record: RainRecord, reading: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"variable": reading.get("variable", record.variable)}
    sizes = [record.rain.sizes[dim] for dim in ("y", "x")]
    large = [f for f in _FACTORS if all(size // f >= _LEAST for size in sizes)] or [2]
    whole = _whole_blocks(record, large)
    enough = [f for f in large if whole[f] >= _FEW] or [max(large, key=lambda f: whole[f])]
    even = [f for f in enough if all(size % f == 0 for size in sizes)]
    made["factor"] = even[0] if even and even[0] > 2 else enough[0]
    if any(size % made["factor"] for size in sizes):
        made["crop"] = True
    return made


def _whole_blocks(record: RainRecord, factors: list[int]) -> dict[int, int]:
    """By factor, coarse cells without a missing fine cell in a few frames."""
    valid = valid_throughout(record.rain)
    return {factor: int(whole_blocks(valid, factor).sum()) for factor in factors}


def _choice(record: RainRecord, settings: Mapping[str, Any]) -> str:
    y, x = (record.rain.sizes[dim] for dim in ("y", "x"))
    factor = int(settings["factor"])
    whole = _whole_blocks(record, [factor])[factor]
    made = f"{y // factor} x {x // factor}, {whole} of them wholly valid"
    return f"{y} x {x} cells; coarse cells of {factor} x {factor} make {made}"
