"""Types of the fields of a record: what is of a wrong type is an error, what is not finite is null."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from downbench_leaderboard.records.plain import finite

Number = Annotated[float | None, BeforeValidator(finite)]
Anything = Annotated[dict[str, Any], BeforeValidator(lambda value: finite(value or {}))]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else str(value))]
Name = Annotated[str, AfterValidator(lambda name: name if _is_seen(name) else "(no name)")]
FileName = Annotated[str, BeforeValidator(lambda path: re.split(r"[\\/]", str(path or ""))[-1])]


def _is_seen(text: str) -> bool:
    """Whether any of it leaves ink on a page."""
    return any(letter.isprintable() and not letter.isspace() for letter in text)


MOST = 10**15  # beyond it a figure is no longer a number to show
Count = Annotated[int | None, Field(ge=0, le=MOST)]


class Part(BaseModel):
    """A part of a record, read leniently: keys that nobody here has heard of are left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def first_mistake(error: ValidationError) -> str:
    """Where a record is wrong first, and how, in one line."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    inner = first["msg"].removeprefix("Value error, ")
    if where == "scores" and first["type"] == "value_error":  # a mistake in one of them, by its number
        return f"scores.{inner}"
    return f"{where}: {inner}" if where else inner
