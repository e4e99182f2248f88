"""Paths that a user names and that are not there: which part is missing, and what stands beside it."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path

from downbench.errors import UserError

_ADDRESS = re.compile(r"^([a-z][a-z0-9+.]+):/+", re.I)  # as a path has it; C:/ is a drive


def no_such(path: str | Path, what: str = "", hint: str = "") -> UserError:
    """An error that says where a path ends, and which names there are like the one that is missing.

    Args:
        path: that does not exist.
        what: it is, before the path: ``--data-root``.
        hint: what else there is to say where no name is like it.
    """
    text = os.fspath(path)
    message = f"{what} {text} does not exist".strip()
    if "://" in text:
        return UserError(message, hint)
    if (address := _ADDRESS.match(text)) is not None:
        message = f"{what} {address[1]}://{text[address.end() :]} is an address and no path".strip()
        return UserError(message, "fetch it first, and give the file; or write a card that says its data.url")
    if text.startswith("~"):
        return UserError(message, "a shell expands ~ at the start of a word only; write $HOME")
    if (link := _broken_link(Path(text))) is not None:
        return UserError(message, f"{link} is a link to {link.readlink()}, which is not there")
    folder, name = _where_it_ends(Path(text))
    close = get_close_matches(name, _names(folder), n=3)
    if close:
        return UserError(message, f"did you mean {', '.join(str(folder / one) for one in close)}?")
    if folder / name == Path(text):
        return UserError(message, hint or f"there is no {name!r} in {folder.absolute()}")
    return UserError(message, f"there is no folder {name!r} in {folder.absolute()}")


def _broken_link(path: Path) -> Path | None:
    """The part of a path that is a link to nothing."""
    return next((part for part in (path, *path.parents) if part.is_symlink() and not part.exists()), None)


def _where_it_ends(path: Path) -> tuple[Path, str]:
    """The last folder on the way to a path that is there, and the name that is missing in it."""
    while not path.parent.is_dir() and path.parent != path:
        path = path.parent
    return path.parent, path.name


def _names(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:  # may not be read
        return []
