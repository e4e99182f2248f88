"""Bringing plug-ins in: installed entry points, plug-in files, and what is wrong with their hooks."""

from __future__ import annotations

import importlib.util
import inspect
import io
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from downbench.errors import DownbenchWarning, UserError
from downbench.guard import author_line
from downbench.missing import no_such
from downbench.plugins import hooks

BUILTIN = "downbench"
LIGHT, HEAVY = 20.0, 120.0  # seconds for a module that only declares, and for one that may load torch
LIKE = 0.85  # similarity from which a name is meant to be that of a hook
T = TypeVar("T")


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
            load = point.load if distribution == BUILTIN else partial(_load_point, point)
            sources.setdefault(name, Source(name, distribution, version, load))
    return list(sources.values())


def _load_point(point: EntryPoint) -> ModuleType:
    return import_strange(point.module, _origin(point)[1], LIGHT, point.load)


def import_strange(module: str | Path, version: str, seconds: float, load: Callable[[], T]) -> T:
    """Import a module of a third party; one that was imported already is not tried again.

    Args:
        module: its name, or its file.
        version: of its distribution.
        seconds: that it may take.
        load: imports it.

    Raises:
        UserError: the import leaves the interpreter, crashes it or does not come to its end.
    """
    from downbench.plugins.probe import try_import

    if isinstance(module, Path) or module not in sys.modules:
        passed = try_import(module, version, seconds)
        if passed.prints:
            warnings.warn(
                f"{module} prints while it is imported; a plug-in's module declares and prints nothing",
                DownbenchWarning,
                stacklevel=2,
            )
    with redirect_stdout(io.StringIO()):
        try:
            return load()
        except SystemExit as error:
            raise UserError(
                f"its import calls sys.exit({error.code!r}) ({author_line(None, error)})",
                "a plug-in's module declares and leaves the interpreter running",
            ) from error
        except Exception:
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            raise UserError(f"its import raises {error!r} ({author_line(None, error)})") from error


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
        raise no_such(path, "the plug-in file")
    return Source(str(path), path.stem, "file", partial(_try_file, path), path)


def _try_file(path: Path) -> ModuleType:
    """Import a plug-in file, once that was tried elsewhere.

    Raises:
        UserError: it cannot be imported; names the file.
    """
    try:
        return import_strange(path.absolute(), "file", HEAVY, partial(_load_file, path))
    except UserError as error:
        if str(path) in error.message:
            raise
        raise UserError(f"plug-in {path}: {error.message}", error.hint) from error


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
        text = f"{type(error).__name__}: {error}"
        raise UserError(f"plug-in {path} cannot be loaded: {text}", _last_line(error)) from error
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
        if name in hooks.NAMES
        else f"{_line_of(module, name)}: {name} is not a hook, and lacks @hookimpl{_meant(name)}"
        for name in _unmarked(module)
    ]
    if mistakes:
        raise UserError(f"the hooks of {module.__name__} are not right", "\n  ".join(mistakes))


def _unmarked(module: ModuleType) -> list[str]:
    mark = hooks.hookimpl.project_name + "_impl"
    return [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and not hasattr(value, mark) and _is_like_a_hook(name)
    ]


def _is_like_a_hook(name: str) -> bool:
    return name.startswith("downbench_") or bool(get_close_matches(name, hooks.NAMES, n=1, cutoff=LIKE))


def _meant(name: str) -> str:
    close = get_close_matches(name, hooks.NAMES, n=1)
    return f"; did you mean {close[0]}?" if close else f"; the hooks are {', '.join(hooks.NAMES)}"


def _line_of(module: ModuleType, name: str) -> str:
    """``file:line`` of a function of a module."""
    code = getattr(getattr(module, name, None), "__code__", None)
    if code is None:
        return str(getattr(module, "__file__", module.__name__))
    return f"{code.co_filename}:{code.co_firstlineno}"
