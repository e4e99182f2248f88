"""The fields of records for people: the tables of ``docs/use/records.md``, made from the models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

_UNIT = re.compile(r"^(.*) \[([^\]]+)\]$")


def unit_of(description: str) -> tuple[str, str]:
    """A description without its unit, and the unit, which stands behind it in square brackets."""
    match = _UNIT.match(description)
    return (match[1], match[2]) if match else (description, "")


def describe(*models: type[BaseModel]) -> str:
    """Some models and the parts that they are made of, each with its table."""
    return "\n".join(
        f"### {model.__name__}\n\n{(model.__doc__ or '').strip()}\n\n{fields_table(model)}\n"
        for model in (*models, *parts_of(*models))
    )


def fields_table(model: type[BaseModel]) -> str:
    """Key, type, unit and meaning of a model's fields, as a table in Markdown."""
    lines = ["| key | type | unit | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        meaning, unit = unit_of(field.description or "")
        lines.append(f"| `{name}` | {_words(field.annotation)} | {unit} | {meaning} |")
    return "\n".join(lines)


def parts_of(*models: type[BaseModel]) -> list[type[BaseModel]]:
    """All models that some models are made of, each once, in the order in which they are met."""
    met: dict[type[BaseModel], None] = {}
    waiting = [part for model in models for part in _inner(model)]
    while waiting:
        part = waiting.pop(0)
        if part not in met:
            met[part] = None
            waiting += _inner(part)
    return [part for part in met if part not in models]


def _inner(model: type[BaseModel]) -> list[type[BaseModel]]:
    return [part for field in model.model_fields.values() for part in _models_in(field.annotation)]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _words(annotation: Any) -> str:
    """A type in words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return " or ".join("null" if each is NoneType else _words(each) for each in arguments)
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in arguments)
    if origin is list:
        return f"list of {_words(arguments[0])}"
    if origin is dict:
        return f"object of {_words(arguments[1])}"
    plain = {str: "text", int: "integer", float: "number", bool: "true or false", Any: "anything"}
    return plain.get(annotation) or f"[{annotation.__name__}](#{annotation.__name__.lower()})"
