"""Options that count for every command, wherever they stand on the line."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from downbench.errors import UserError

ENDING = ".lock"
LOCK = f"downbench{ENDING}"


class Globals(NamedTuple):
    """Options that count for every command."""

    plugins: tuple[Path, ...]
    no_plugins: bool
    debug: bool
    lock: Path | None = None  # that plug-ins are held against


def split_options(arguments: list[str]) -> tuple[Globals, list[str]]:
    """Take the options that count for every command, wherever they stand before ``--``.

    Raises:
        UserError: ``--plugin`` without a file.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    plugins, flags, rest = [], set(), []
    lock: Path | None = None
    before = iter(arguments[:end])
    ahead = [*arguments[1:end], ""]
    for argument in before:
        following = ahead.pop(0)
        name, equals, value = argument.partition("=")
        if name == "--plugin":
            file = value if equals else next(before, "")
            if not file:
                raise UserError("--plugin needs a file", "for example --plugin my_method.py")
            plugins.append(Path(file))
        elif name == "--locked":
            lock = Path(value or LOCK)
            if not equals and following.endswith(ENDING):
                lock = Path(next(before))
        elif argument in ("--no-plugins", "--debug"):
            flags.add(argument)
        else:
            rest.append(argument)
    options = Globals(tuple(plugins), "--no-plugins" in flags, "--debug" in flags, lock)
    return options, rest + arguments[end:]
