"""Which plug-ins would be loaded, and what their files are, without importing any of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from importlib.util import find_spec
from pathlib import Path

from downbench.plugins import hooks
from downbench.plugins.loading import BUILTIN, installed
from downbench.plugins.session import options
from downbench.version import __version__

CORE = "downbench:core"
_MADE = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


@dataclass(frozen=True)
class Item:
    """A plug-in, or the core itself.

    Args:
        name: ``distribution:entry point``, or the file that was given.
        distribution: that brings it.
        version: of the distribution; ``file`` for a plug-in file.
        digest: SHA-256 over the names and bytes of its files; empty where they cannot be found.
        editable: whether it is installed so that its files can change under the same version.
        package: that declares what it provides.
        where: its folder or file.
    """

    name: str
    distribution: str
    version: str
    digest: str
    editable: bool
    package: str
    where: str


def inventory() -> list[Item]:
    """The core and all plug-ins that this session loads, in the order in which they are loaded."""
    return list(_items())


def builtin_sources() -> list[str]:
    """Digests of the core and what comes with it, if their files can change under one version; else none."""
    if not is_editable(BUILTIN):
        return []
    modules = {point.name: point.module for point in entry_points(group=hooks.GROUP)}
    packages = {modules[source.name.partition(":")[2]].partition(".")[0] for source in installed(True, None)}
    return [_item("", BUILTIN, __version__, package).digest for package in ("downbench", *sorted(packages))]


def _items() -> Iterator[Item]:
    now = options()
    yield _item(CORE, BUILTIN, __version__, "downbench")
    allowed = None if now.allowed is None else frozenset(now.allowed.split(","))
    modules = {
        f"{point.dist.name if point.dist else 'unknown'}:{point.name}": point.module
        for point in entry_points(group=hooks.GROUP)
    }
    for source in installed(now.builtins_only, allowed):
        package = modules[source.name].partition(".")[0]
        yield _item(source.name, source.distribution, source.version, package)
    for file in map(Path, now.files):
        digest = digest_of(file) if file.is_file() else ""
        yield Item(file.name, file.stem, "file", digest, True, file.stem, str(file))


def _item(name: str, owner: str, version: str, package: str) -> Item:
    where = _folder(package)
    digest = "" if where is None or not where.exists() else digest_of(where)
    return Item(name, owner, version, digest, is_editable(owner), package, str(where or ""))


def _folder(package: str) -> Path | None:
    """Folder of a package, or the file of a module; nothing is imported for it."""
    spec = find_spec(package)
    if spec is None or not spec.origin:
        return None
    origin = Path(spec.origin)
    return origin.parent if origin.stem == "__init__" else origin


def digest_of(where: Path) -> str:
    """SHA-256 (hex) over names and bytes of a file, or of a folder's files but what Python makes there."""
    digest = hashlib.sha256()
    files = [where] if where.is_file() else sorted(path for path in where.rglob("*") if _counts(path))
    for file in files:
        name = file.name if where.is_file() else file.relative_to(where).as_posix()
        digest.update(f"{name}\0{file.stat().st_size}\0".encode("utf-8", "surrogateescape"))
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _counts(path: Path) -> bool:
    return path.is_file() and not _MADE & set(path.parts) and path.suffix != ".pyc"


@cache
def plugin_packages() -> dict[str, tuple[str, str]]:
    """Packages that declare plug-ins in this environment: name and version of the distribution of each."""
    owners = ((point, point.dist) for point in entry_points(group=hooks.GROUP))
    return {point.module.partition(".")[0]: (d.name, d.version) for point, d in owners if d}


@cache
def is_editable(name: str) -> bool:
    """Whether a distribution is installed in development mode, or not installed at all."""
    try:
        text = distribution(name).read_text("direct_url.json")
    except PackageNotFoundError:
        return True
    return bool(text) and bool(json.loads(text or "{}").get("dir_info", {}).get("editable"))
