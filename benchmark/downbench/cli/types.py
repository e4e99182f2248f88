"""The type of a parameter, as a reader of ``bench show`` understands it."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin


def type_name(annotation: Any) -> str:
    """What values a parameter takes: ``int``, ``float or none``, ``ddim, dpmpp or heun``, ``list of int``."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_name(arguments[0])
    if origin is Literal:
        return _any_of([str(choice) for choice in arguments])
    if origin in (Union, types.UnionType):
        return _any_of([type_name(choice) for choice in arguments])
    if origin is tuple and arguments[-1] is not Ellipsis:
        return ", ".join(type_name(item) for item in arguments)
    if origin in (tuple, list):
        return f"list of {type_name(arguments[0])}"
    if origin is not None:
        return str(origin.__name__)
    names = {type(None): "none", bool: "yes or no", str: "text"}
    return names.get(annotation) or str(getattr(annotation, "__name__", annotation))


def _any_of(choices: list[str]) -> str:
    return " or ".join([", ".join(choices[:-1]), choices[-1]]) if len(choices) > 1 else choices[0]
