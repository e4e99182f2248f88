"""What authors say of their predictions: options, or a YAML file beside them. None of it is measured."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from downbench.errors import UserError
from downbench.suite.plain_yaml import MOST_BYTES, read_yaml

Text = Annotated[str, Field(max_length=2000)]
ENDINGS = (".yaml", ".yml")


class Declared(BaseModel):
    """What a submission declares."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text | None = Field(default=None, description="Name of the method, for tables")
    title: Text = Field(default="", description="Title for people")
    authors: list[Text] = Field(default=[], description="Who made the predictions")
    licence: Text = Field(default="", description="How others may use them")
    training_data: Text = Field(default="", description="What the method was trained on")
    cost: Text = Field(default="", description="What training and sampling took")
    reference: Text = Field(default="", description="Paper or page that describes the method")


def read_declared(path: Path, options: Mapping[str, Any], sidecar: Path | None = None) -> Declared:
    """What is declared of predictions; an option wins over the file.

    Args:
        path: of the predictions. A file of the same name that ends in ``.yaml`` is read, if there is one.
        options: those that were given.
        sidecar: a YAML file of another name.

    Raises:
        UserError: the file cannot be read or says something else.
    """
    beside = [path.with_name(path.name.rstrip("/") + end) for end in ENDINGS]
    beside += [path.with_suffix(end) for end in ENDINGS]
    chosen = sidecar or next((file for file in beside if file.is_file()), None)
    said = {} if chosen is None else _read(chosen)
    given = {key: value for key, value in options.items() if value}
    try:
        return Declared.model_validate({**said, **given})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        where, fields = chosen or "the options", f"its keys: {', '.join(Declared.model_fields)}"
        if first["type"] == "extra_forbidden":
            close = get_close_matches(key, Declared.model_fields, n=1)
            hint = f"did you mean {close[0]!r}?" if close else fields
            raise UserError(f"{where}: there is no key {key!r}", hint) from None
        raise UserError(f"{where}: {key}: {first['msg']}", fields) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()[: MOST_BYTES + 1].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    said = read_yaml(content, str(path)).value
    if not isinstance(said, dict):
        raise UserError(f"{path} is empty or not a mapping", "write for instance licence: CC-BY-4.0")
    authors = said.get("authors")
    return {**said, "authors": [authors]} if isinstance(authors, str) else said
