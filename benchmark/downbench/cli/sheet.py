"""What ``bench show`` prints of one method, metric, dataset or study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from downbench.cli.tables import GAP, table
from downbench.cli.wrapping import wrapped

_APART = ("configuration", "presets", "questions", "description")
_LONGEST = 18  # characters of a default value in a line


def sheet(described: Mapping[str, Any], width: int) -> list[str]:
    """Lines of a description: the facts, then what it is, its parameters and its presets.

    Args:
        described: what ``bench show --json`` prints.
        width: columns of the terminal.
    """
    facts = {key: value for key, value in described.items() if key not in _APART and value not in _NOTHING}
    names = max(map(len, facts))
    lines: list[str] = []
    for key, value in facts.items():
        lines += _hanging(key.replace("_", " ").ljust(names), _text(value), width)
    if text := described.get("description"):
        lines += ["", *_paragraphs(text, width)]
    if questions := described.get("questions"):
        lines += ["", "Questions, by method", *_each(questions, width)]
    if configuration := described.get("configuration"):
        lines += ["", "Parameters, with their defaults", *_parameters(configuration, width)]
    if presets := described.get("presets"):
        lines += ["", "What each preset sets", *_presets(presets, width)]
    return lines


_NOTHING: tuple[Any, ...] = ("", [], {}, None)


def _hanging(head: str, text: str, width: int) -> list[str]:
    """A head and a text beside it, wrapped under itself."""
    indent = len(head) + len(GAP)
    lines = wrapped(text, max(width - indent, 20)) or [""]
    return [f"{head}{GAP}{lines[0]}".rstrip(), *(" " * indent + line for line in lines[1:])]


def _paragraphs(text: str, width: int) -> list[str]:
    parts = [" ".join(part.split()) for part in text.split("\n\n")]
    return [line for part in parts for line in [*wrapped(part, width), ""]][:-1]


def _each(texts: Mapping[str, str], width: int) -> list[str]:
    names = max(map(len, texts))
    return [line for name, text in texts.items() for line in _hanging(f"  {name:{names}}", text, width)]


def _parameters(configuration: Mapping[str, Mapping[str, Any]], width: int) -> list[str]:
    names = max(map(len, configuration))
    defaults = {key: _text(field["default"]) for key, field in configuration.items()}
    column = min(max(map(len, defaults.values())), _LONGEST)
    lines: list[str] = []
    for key, field in configuration.items():
        kind = f" [{'; '.join(part for part in (field['type'], field['unit']) if part)}]"
        head = f"  {key:{names}}{GAP}{defaults[key]:{column}}"
        if len(defaults[key]) > column:  # a long default has a line of its own
            lines.append(head.rstrip())
            head = f"  {'':{names}}{GAP}{'':{column}}"
        lines += _hanging(head, field["description"] + kind, width)
    return lines


def _presets(presets: Mapping[str, Mapping[str, Any]], width: int) -> list[str]:
    keys = dict.fromkeys(key for values in presets.values() for key in values)
    rows = [
        [f"  {key}", *(_text(values[key]) if key in values else "" for values in presets.values())]
        for key in keys
    ]
    lines = table(["", *presets], rows)
    if max(map(len, lines)) <= width:
        return lines
    return [
        line for name, values in presets.items() for line in _hanging(f"  {name}:", _pairs(values), width)
    ]


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} = {_text(value)}" for key, value in values.items())


def _text(value: Any) -> str:
    """A value as a person would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return _pairs(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_text, value))
    return "none" if value is None else str(value)
