"""A lock file: which plug-ins there were, in which version, with which files; and whether they still are."""

from __future__ import annotations

from pathlib import Path

from downbench.errors import UserError
from downbench.files import read_json, write_json
from downbench.plugins.inventory import Item, inventory

VERSION = 1
_KEYS = ("distribution", "version", "digest")


def write_lock(path: Path) -> list[Item]:
    """Pin the core and all plug-ins of this session."""
    items = inventory()
    plugins = {item.name: {key: getattr(item, key) for key in _KEYS} for item in items}
    write_json(path, {"lock_version": VERSION, "plugins": plugins})
    return items


def check_lock(path: Path) -> None:
    """Hold the plug-ins of this session against a lock file; none of them is imported for it.

    Raises:
        UserError: no such file, or something differs; names all that does.
    """
    pinned = _read(path)
    here = {item.name: {key: getattr(item, key) for key in _KEYS} for item in inventory()}
    differing = [
        text for name in dict.fromkeys([*pinned, *here]) if (text := _difference(name, pinned, here))
    ]
    if differing:
        raise UserError(
            f"the plug-ins are not those of {path}:\n    " + "\n    ".join(differing),
            f"install what is pinned; or, if the change is meant, write it anew: bench plugins --lock {path}",
        )


def _difference(name: str, pinned: dict[str, dict[str, str]], here: dict[str, dict[str, str]]) -> str:
    if name not in here:
        return f"{name} {pinned[name]['version']} is pinned and not loaded"
    if name not in pinned:
        return f"{name} {here[name]['version']} is loaded and not pinned"
    then, now = pinned[name], here[name]
    if then["version"] != now["version"]:
        return f"{name} is pinned at {then['version']}, and {now['version']} is loaded"
    if then["digest"] != now["digest"]:
        return f"{name} {now['version']} has other files: {now['digest'][:12]}, pinned {then['digest'][:12]}"
    return ""


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        content = read_json(path)
    except ValueError as error:
        if not path.is_file():
            raise UserError(
                f"there is no lock file {path}", f"`bench plugins --lock {path}` writes one"
            ) from None
        raise UserError(f"{path}: {error}", f"write it anew: bench plugins --lock {path}") from None
    plugins = content.get("plugins")
    right = isinstance(plugins, dict) and all(
        isinstance(one, dict) and all(isinstance(one.get(key), str) for key in _KEYS)
        for one in plugins.values()
    )
    if content.get("lock_version") != VERSION or not right:
        raise UserError(
            f"{path} is no lock file of this release", f"write it anew: bench plugins --lock {path}"
        )
    return dict(plugins or {})
