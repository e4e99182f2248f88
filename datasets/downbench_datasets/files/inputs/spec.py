"""What somebody says of a field besides rain: its variable, its units, the file that it stands in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from downbench import UserError


class FieldSource(BaseModel):
    """A field of the rain's own files, or of others.

    Args:
        variable: name in the files.
        file: file or folder that it stands in, in a card an address, too; none is that of the coarse rain.
        units: in place of those that the file names.
        select: entries of further dims, such as ``{level: 850}``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    variable: str
    file: str | None = None
    units: str | None = None
    select: dict[str, int | float | str] = {}


def _by_variable(value: Any) -> Any:
    return {"variable": value} if isinstance(value, str) else value


def no_file(what: str, name: str) -> UserError:
    """A field whose file is not there."""
    hint = "name it from the folder of the rain"
    if "://" in name:
        hint = "fields at an address are for cards, which `bench data prepare` fetches: docs/use/cards.md"
    return UserError(f"{what}: there is no file {name!r}", hint)


def no_file_of_entries(what: str) -> UserError:
    """A field of the rain's own files, of which entries are chosen for the rain alone."""
    return UserError(f"{what}: entries are selected, but no file is named", "name the file of it")


Source = Annotated[FieldSource, BeforeValidator(_by_variable)]


def _not_rain(name: str) -> str:
    if name == "precipitation":
        raise ValueError("precipitation is always there: files.variable and files.coarse say which it is")
    return name


Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$"), AfterValidator(_not_rain)]
