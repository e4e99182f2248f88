"""Typed configuration: a pydantic model, presets, and ``--set`` on top."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from downbench.errors import UserError

PRESETS = ("smoke", "tiny", "small", "paper")  # what they are usually called
USUAL_PRESET = "tiny"  # of a command that names none


class Config(BaseModel):
    """Parameters of a method or dataset: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def parameter(default: Any, description: str, unit: str = "", later: bool = False, **limits: Any) -> Any:
    """Declare a parameter: ``spread: float = parameter(0.8, "Spread of the noise in log space.", ge=0)``.

    Args:
        default: its value where nothing else is asked for.
        description: one sentence on what it does.
        unit: of its value, such as ``"mm/h"``; empty where it has none.
        later: whether results were kept before there was this parameter, and its default leaves them as are.
            Then it stands in a record only where it has another value, and those results stay comparable.
        limits: further arguments of pydantic's ``Field``, such as ``ge`` and ``lt``.
    """
    if later:
        limits["exclude_if"] = lambda value: value == default
    return Field(default, description=description, json_schema_extra={"unit": unit}, **limits)


def unit_of(model: type[Config], name: str) -> str:
    """The unit of a parameter, empty where it has none."""
    extra = model.model_fields[name].json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def refuse_preset(preset: str | None, among: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a preset that no method has which it is asked of, and that would be passed over in silence.

    The usual names may be asked of any, so that one command serves methods with presets and without.

    Args:
        preset: that is asked for.
        among: presets by the names of the methods.

    Raises:
        UserError: none of them has it.
    """
    if preset is None or preset in PRESETS or any(preset in presets for presets in among.values()):
        return
    names = ", ".join(among)
    none = f"{names} has no" if len(among) == 1 else f"none of {names} has a"
    raise UserError(f"{none} preset {preset!r}", f"the usual ones: {', '.join(PRESETS)}")


def build_config(
    owner: str,
    model: type[Config],
    presets: Mapping[str, Mapping[str, Any]],
    preset: str | None,
    overrides: Mapping[str, Any],
) -> Config:
    """Make a configuration from a preset and overrides (which win).

    An owner without presets ignores ``preset``; :func:`refuse_preset` is for what nobody has.

    Raises:
        UserError: unknown preset, unknown key or a value of the wrong type, named with ``owner``.
    """
    if presets and preset is not None and preset not in presets:
        raise UserError(f"{owner} has no preset {preset!r}", f"its presets: {', '.join(presets)}")
    base = presets[preset] if presets and preset is not None else {}
    try:
        return model.model_validate({**base, **overrides})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            names = list(model.model_fields)
            close = get_close_matches(key, names, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"its keys: {', '.join(names) or 'none'}"
            raise UserError(f"{owner} has no parameter {key!r}", hint) from None
        detail = f"{owner}.{key}: {first['msg']}" if key else f"{owner}: {first['msg']}"
        raise UserError(detail, f"got {first['input']!r}") from None
