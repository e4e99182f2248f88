"""Bringing plug-ins in: installed entry points, plug-in files, and what is wrong with their hooks."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from downbench.errors import UserError
from downbench.plugins import hooks

BUILTIN = "downbench"


@dataclass(frozen=True)
class Source:
    """A plug-in that may be loaded.

    Args:
        name: unique among plug-ins: ``distribution:entry point``, or the path of a file.
        distribution: what the user calls it in ``distribution:name``.
        version: of the distribution.
        load: imports its module.
        file: set for plug-in files.
    """

    name: str
    distribution: str
    version: str
    load: Callable[[], ModuleType]
    file: Path | None = None


def installed(builtins_only: bool, allowed: frozenset[str] | None) -> list[Source]:
    """Installed entry points, the built-ins first; one that is seen twice on the path counts once."""
    sources: dict[str, Source] = {}
    for point in sorted(entry_points(group=hooks.GROUP), key=_builtins_first):
        distribution, version = _origin(point)
        if distribution == BUILTIN or (not builtins_only and _is_allowed(distribution, allowed)):
            name = f"{distribution}:{point.name}"
            sources.setdefault(name, Source(name, distribution, version, point.load))
    return list(sources.values())


def _is_allowed(distribution: str, allowed: frozenset[str] | None) -> bool:
    return allowed is None or _normal(distribution) in {_normal(name) for name in allowed}


def _origin(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("unknown", "")


def _builtins_first(point: EntryPoint) -> tuple[bool, str, str]:
    distribution = _origin(point)[0]
    return (distribution != BUILTIN, distribution, point.name)


def _normal(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def in_file(path: Path) -> Source:
    """A plug-in file, which the user named; its errors are the user's to mend.

    Raises:
        UserError: there is no such file.
    """
    if not path.is_file():
        raise UserError(f"there is no plug-in file {path}")
    return Source(str(path), path.stem, "file", partial(_load_file, path), path)


def _load_file(path: Path) -> ModuleType:
    """Import a plug-in file under its stem, so that its targets can name it.

    Raises:
        UserError: it cannot be imported; says at which line.
    """
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path} is not a Python file")
    if path.stem in sys.modules and getattr(sys.modules[path.stem], "__file__", None) != str(path):
        raise UserError(f"plug-in file {path} has the name of an imported module", "rename the file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[path.stem]
        raise UserError(f"plug-in {path} cannot be loaded: {error!r}", _last_line(error)) from error
    return module


def _last_line(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"line {error.lineno} of {error.filename}"
    line = traceback.extract_tb(error.__traceback__)[-1]
    return f"line {line.lineno} of {line.filename}"


def check_hooks(module: ModuleType, unknown: list[str]) -> None:
    """Refuse a plug-in with functions that are named like hooks but would never be called.

    Args:
        module: the plug-in.
        unknown: names that it marked with ``@hookimpl`` and that are not hooks.

    Raises:
        UserError: names each function, its place, and what to write.
    """
    mistakes = [f"{_line_of(module, name)}: {name} is not a hook{_meant(name)}" for name in unknown]
    mistakes += [
        f"{_line_of(module, name)}: write @hookimpl above def {name}, or it is never called"
        for name in _unmarked(module)
    ]
    if mistakes:
        raise UserError(f"the hooks of {module.__name__} are not right", "\n  ".join(mistakes))


def _unmarked(module: ModuleType) -> list[str]:
    mark = hooks.hookimpl.project_name + "_impl"
    return [
        name
        for name, value in vars(module).items()
        if name.startswith("downbench_") and inspect.isfunction(value) and not hasattr(value, mark)
    ]


def _meant(name: str) -> str:
    close = get_close_matches(name, hooks.NAMES, n=1)
    return f"; did you mean {close[0]}?" if close else f"; the hooks are {', '.join(hooks.NAMES)}"


def _line_of(module: ModuleType, name: str) -> str:
    """``file:line`` of a function of a module."""
    code = getattr(getattr(module, name, None), "__code__", None)
    if code is None:
        return str(getattr(module, "__file__", module.__name__))
    return f"{code.co_filename}:{code.co_firstlineno}"
