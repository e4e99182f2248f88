"""The source files that a plug-in's code consists of: its module and what that imports of its own package.

What it imports of other packages is told as well, since it may train with the tools of another plug-in.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec, resolve_name
from pathlib import Path
from typing import NamedTuple

# Who imports by a name that is worked out while running imports what cannot be seen here.
_IMPORTERS = {"import_module", "run_path", "run_module"}


class _Imports(NamedTuple):
    """What one file imports."""

    absolute: frozenset[str]  # as ``a.b`` for ``from a import b``
    relative: frozenset[str]  # the same with the dots
    unseen: bool  # whether there is more, by names that are worked out


@cache
def hash_of_module(module: str) -> str | None:
    """SHA-256 over the sources of a module and of all modules of its package that it imports.

    Imports inside functions count as well. The ``__init__`` of the package itself counts only where names are
    imported from it, because it declares all plug-ins of the package and changes with each of them. Where one
    of these modules imports by a computed name, the whole package counts. None: the package has no files.
    """
    files, root = _sources(module)
    return hash_of_files(files, root) if files else None


@cache
def imports_of_module(module: str) -> frozenset[str]:
    """Names, such as ``numpy.linalg.norm``, that the sources of :func:`hash_of_module` import elsewhere."""
    files, root = _sources(module)
    names = imports_of_files(files)
    return names - _below(root.name, names)


def imports_of_files(files: list[Path]) -> frozenset[str]:
    """All absolute names that files import."""
    return frozenset().union(*(_imports_in(file.read_bytes()).absolute for file in files))


def _below(package: str, names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if name == package or name.startswith(f"{package}."))


def _sources(module: str) -> tuple[list[Path], Path]:
    """Files of a module's code, and the folder that their names are relative to; none without files."""
    package = find_spec(module.partition(".")[0])
    if package is None or package.origin is None:
        return [], Path()
    origin = Path(package.origin)
    root = origin.parent
    if origin.name != "__init__.py":
        return [origin], root
    return _files_of(module, root) or sorted(root.rglob("*.py")), root


def hash_of_files(files: list[Path], root: Path) -> str:
    """SHA-256 over the names, relative to ``root``, and the bytes of files."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _files_of(module: str, root: Path) -> list[Path]:
    """Files of a module and of what it imports below ``root``, sorted; empty if that cannot be told."""
    files: set[Path] = set()
    ahead = [module]
    while ahead:
        name = ahead.pop()
        for file in _files_on_the_way(name, root):
            if file in files:
                continue
            files.add(file)
            imports = _imports_in(file.read_bytes())
            if imports.unseen:
                return []
            here = _module_of(file, root)
            package = here if file.name == "__init__.py" else here.rpartition(".")[0]
            names = imports.absolute | {resolve_name(name, package) for name in imports.relative}
            ahead.extend(_below(root.name, names))
    return sorted(files)


def _files_on_the_way(name: str, root: Path) -> Iterator[Path]:
    """The file of a module and the ``__init__`` of each folder between it and the package."""
    parts = name.split(".")[1:]
    if not parts:
        yield root / "__init__.py"
    folder = root
    for part in parts:
        if (folder / f"{part}.py").is_file():
            yield folder / f"{part}.py"
            return
        folder /= part
        if (folder / "__init__.py").is_file():
            yield folder / "__init__.py"
        elif not folder.is_dir():  # the name of something inside the module above
            if folder.parent == root:
                yield root / "__init__.py"
            return


def _module_of(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join([root.name, *parts[: -1 if parts[-1] == "__init__" else None]])


@cache
def _imports_in(source: bytes) -> _Imports:
    """What a source imports; each is read once in a process, since most plug-ins share most of theirs."""
    absolute: set[str] = set()
    relative: set[str] = set()
    unseen = False
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            absolute |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            dot = "." if node.module else ""
            (relative if node.level else absolute).update(f"{base}{dot}{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call):
            unseen = unseen or _is_unseen(node)
    return _Imports(frozenset(absolute), frozenset(relative), unseen)


def _is_unseen(node: ast.Call) -> bool:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in _IMPORTERS
    return getattr(node.func, "id", "") in _IMPORTERS | {"__import__", "exec", "eval"}
