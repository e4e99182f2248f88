"""The card: a short YAML file that describes a dataset. ``bench schema card`` prints its schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from downbench import UserError, digest_json, read_yaml
from downbench_datasets.cards.info import MOST_BYTES, NAME, name_of_card
from downbench_datasets.fetching.where import Where
from downbench_datasets.preparing.recipe import Box, Recipe


class Card(BaseModel):
    """A dataset: where its data are, how they are read, and what is made of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(description="Name of the dataset: lower case letters, digits, '-', '_' and '.'.")
    title: str = Field(default="", description="One line for people.")
    data: Where = Field(description="Where the data are.")
    reader: Literal["files", "xshield"] = Field(
        default="files", description="Dataset that reads them, whose parameters the settings are."
    )
    settings: dict[str, Any] = Field(
        default_factory=dict,
        description="Parameters of the reader (`bench show files`): variable, units, factor, splits, ...",
    )
    prepare: Recipe | None = Field(
        default=None, description="What `bench data prepare` makes of them; none leaves them as they are."
    )
    regions: dict[str, Box] = Field(
        default_factory=dict, description="Regions to score by name: west, south, east, north [degrees]."
    )
    licence: str = Field(default="", description="Licence of the data.")
    citation: str = Field(default="", description="Who made the data, as they want to be cited.")
    record: str = Field(
        default="", description="File, without its ending, that others have the same record in, prepared."
    )
    tags: tuple[str, ...] = Field(default=(), description="Free labels.")
    notes: tuple[str, ...] = Field(default=(), description="What every table says of this dataset.")

    @field_validator("name")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not NAME.fullmatch(value):
            raise ValueError("use lower case letters, digits, '-', '_' and '.'")
        return value

    @field_validator("notes", "tags", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @property
    def is_prepared_first(self) -> bool:
        """Whether ``bench data prepare`` has to make the data before they can be read."""
        return self.data.is_remote or self.prepare is not None or self._has_addresses

    @property
    def _has_addresses(self) -> bool:
        """Whether a predictor or a static field is at an address."""
        kinds = [self.settings.get(kind) for kind in ("predictors", "statics")]
        fields = [field for kind in kinds if isinstance(kind, dict) for field in kind.values()]
        return any(isinstance(field, dict) and "://" in str(field.get("file")) for field in fields)

    def digest(self, reading: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
        """SHA-256 of what a preparation hangs on: where the data are, how they are read, the recipe.

        Args:
            reading: settings that say how files are read.
            inputs: predictors and static fields that are prepared with the rain.
        """
        data = self.data.model_dump(mode="json", exclude={"retries", "timeout", "options"})
        recipe = self.prepare.model_dump(mode="json") if self.prepare else None
        parts = [data, self.reader, dict(reading), recipe]
        return digest_json([*parts, dict(inputs)] if inputs else parts)


def read_card(path: Path) -> Card:
    """Read and check a card.

    Raises:
        UserError: it cannot be read, is no YAML of plain data, or has a wrong or unknown key; the message has
            the line, and the nearest name.
    """
    document = read_yaml(_text(path), f"card {path}")
    if not isinstance(document.value, dict):
        raise UserError(f"card {path} is empty or no mapping", "`bench data new` writes one from your files")
    content = {"name": name_of_card(path), **document.value}
    try:
        return Card.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        steps = tuple(step for step in first["loc"] if not str(step).startswith("function-"))
        key = ".".join(str(step) for step in steps)
        where = document.where(steps)
        if first["type"] == "extra_forbidden":
            raise UserError(f"{where}: there is no key {key!r}", _nearest(steps)) from None
        if first["type"] == "missing":
            raise UserError(
                f"{where}: the key {key!r} is missing", "`bench schema card` describes it"
            ) from None
        message = first["msg"].removeprefix("Value error, ")
        raise UserError(f"{where}: {key}: {message}", f"got {str(first['input'])[:200]!r}") from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise UserError(f"card {path} cannot be read: {error.strerror or error}") from None
    if len(content) > MOST_BYTES:
        raise UserError(f"card {path} is larger than {MOST_BYTES // 1000} kB", "is it a card?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"card {path} is not UTF-8 text", "save the file in the encoding UTF-8") from None


def _nearest(steps: Sequence[Any]) -> str:
    """What an unknown key may have been meant as."""
    parts: dict[str, type[BaseModel]] = {"": Card, "data": Where, "prepare": Recipe}
    model = parts.get(".".join(str(step) for step in steps[:-1]))
    if model is None:
        return "`bench schema card` lists the keys"
    names = [field.alias or name for name, field in model.model_fields.items()]
    close = get_close_matches(str(steps[-1]), names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"its keys: {', '.join(names)}"
