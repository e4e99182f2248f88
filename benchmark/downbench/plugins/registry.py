"""The registry: loads plug-ins one at a time, so that a broken one takes nothing else down."""

from __future__ import annotations

import importlib.util
import os
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, partial
from importlib import import_module
from importlib.metadata import Distribution, EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from downbench.errors import DownbenchWarning, RunFailed, UserError
from downbench.plugins import hooks
from downbench.plugins.descriptions import Info

BUILTIN = "downbench"
KINDS = {
    "method": "downbench_methods",
    "metric": "downbench_metrics",
    "dataset": "downbench_datasets",
    "study": "downbench_studies",
}


@dataclass(frozen=True)
class Registration:
    """One registered object and where it comes from."""

    info: Info
    distribution: str
    version: str
    file: Path | None = None  # set for --plugin files

    @property
    def full_name(self) -> str:
        """``distribution:name``, which is never ambiguous."""
        return f"{self.distribution}:{self.info.name}"

    def load(self) -> Any:
        """Import the implementation.

        Raises:
            RunFailed: the import fails; the original error is the cause.
        """
        module_name, attribute = self.info.target.split(":")
        try:
            found = getattr(import_module(module_name), attribute)
        except ModuleNotFoundError as error:
            extra = " (pip install 'downbench[torch]')" if error.name in {"torch", "safetensors"} else ""
            raise RunFailed(
                f"{self.info.kind} {self.info.name!r} needs the package {error.name!r}{extra}"
            ) from error
        except Exception as error:
            raise RunFailed(
                f"{self.info.kind} {self.info.name!r} of {self.distribution} cannot be imported: {error!r}"
            ) from error
        if isinstance(found, type):
            found.name = self.info.name  # type: ignore[attr-defined]
        return found


@dataclass(frozen=True)
class Broken:
    """A plug-in that failed to load or to answer."""

    plugin: str
    error: str
    trace: str


@dataclass
class Registry:
    """What the plug-ins provide.

    Args:
        files: plug-in modules given as files.
        builtins_only: leave out everything that is not part of this distribution.
        allowed: distributions that may be loaded besides the built-ins; None allows all installed ones.
    """

    files: tuple[Path, ...] = ()
    builtins_only: bool = False
    allowed: frozenset[str] | None = None
    broken: list[Broken] = field(default_factory=list)
    plugins: dict[str, tuple[str, str, Path | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._manager = pluggy.PluginManager(hooks.GROUP)
        self._manager.add_hookspecs(hooks)
        for point in sorted(_entry_points(), key=_builtins_first):
            if self._may_load(point):
                distribution, version = _origin(point)
                self._register(f"{distribution}:{point.name}", point.load, distribution, version, None)
        for file in self.files:
            self._register(str(file), partial(_load_file, file), file.stem, "file", file)

    def _may_load(self, point: EntryPoint) -> bool:
        distribution = _origin(point)[0]
        if distribution == BUILTIN:
            return True
        return not self.builtins_only and (self.allowed is None or _normal(distribution) in self.allowed)

    def _register(
        self, name: str, load: Callable[[], ModuleType], distribution: str, version: str, file: Path | None
    ) -> None:
        if name in self.plugins:
            return  # the same entry point seen twice on the path
        try:
            module = load()
            self._manager.register(module, name=name)
            known = {key for key in vars(hooks) if key.startswith("downbench_")}
            strange = [caller.name for caller in self._manager.get_hookcallers(module) or ()]
            if unknown := sorted(set(strange) - known):
                self._manager.unregister(module)
                raise UserError(f"it implements unknown hooks: {', '.join(unknown)}")
            self.plugins[name] = (distribution, version, file)
        except UserError as error:
            if file:
                raise
            self._mark_broken(name, error)
        except Exception as error:
            if file:
                line = traceback.extract_tb(error.__traceback__)[-1]
                raise UserError(
                    f"plug-in {file} cannot be loaded: {error!r}", f"line {line.lineno} of {line.filename}"
                ) from error
            self._mark_broken(name, error)

    def _mark_broken(self, name: str, error: BaseException) -> None:
        self.broken.append(Broken(name, repr(error), "".join(traceback.format_exception(error))))
        warnings.warn(
            f"plug-in {name} is broken and left out: {error!r} (bench doctor says more)",
            DownbenchWarning,
            stacklevel=2,
        )

    def call(self, hook: str, **arguments: Any) -> Iterator[tuple[str, Any]]:
        """Call a hook on each plug-in on its own; one that raises is warned about and left out."""
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            name = implementation.plugin_name
            try:
                given = [arguments[argument] for argument in implementation.argnames]
                result = implementation.function(*given)
            except Exception as error:
                self._mark_broken(name, error)
                continue
            yield name, result

    def announce(self, event: str, **arguments: Any) -> None:
        """Tell every plug-in of an event; none of them can stop it."""
        for _ in self.call(event, **arguments):
            pass

    def entries(self, kind: str) -> list[Registration]:
        """All registered objects of a kind (``method``, ``metric``, ``dataset``), built-ins first."""
        return self._collect(KINDS[kind])

    def commands(self) -> list[Registration]:
        """Subcommands from plug-ins."""
        return self._collect("downbench_commands")

    def _collect(self, hook: str) -> list[Registration]:
        if hook not in self._collected:
            found: list[Registration] = []
            for name, infos in self.call(hook):
                distribution, version, file = self.plugins[name]
                if not isinstance(infos, list) or not all(isinstance(info, Info) for info in infos):
                    self._mark_broken(
                        name, TypeError(f"{hook} must return a list of descriptions, got {infos!r}")
                    )
                    continue
                found += [Registration(info, distribution, version, file) for info in infos]
            self._collected[hook] = found
        return self._collected[hook]

    @property
    def _collected(self) -> dict[str, list[Registration]]:
        return self.__dict__.setdefault("_cache", {})

    def find(self, kind: str, name: str) -> Registration:
        """Resolve ``name`` or ``distribution:name``.

        Raises:
            UserError: unknown (with the nearest names) or ambiguous (with the distributions).
        """
        entries = self.entries(kind)
        found = [entry for entry in entries if name in (entry.info.name, entry.full_name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UserError(
                f"{len(found)} {kind}s are called {name!r}",
                "choose " + " or ".join(entry.full_name for entry in found),
            )
        names = [entry.info.name for entry in entries]
        close = get_close_matches(name, names, n=3)
        hint = f"did you mean {', '.join(close)}?" if close else f"there are: {', '.join(sorted(names))}"
        for broken in self.broken:
            hint += f"\n  plug-in {broken.plugin} is broken and may provide it:\n{broken.trace}"
        raise UserError(f"there is no {kind} {name!r}", hint)


def _entry_points() -> list[EntryPoint]:
    return list(entry_points(group=hooks.GROUP))


def _origin(point: EntryPoint) -> tuple[str, str]:
    distribution: Distribution | None = point.dist
    return (distribution.name, distribution.version) if distribution else ("unknown", "")


def _builtins_first(point: EntryPoint) -> tuple[bool, str, str]:
    distribution = _origin(point)[0]
    return (distribution != BUILTIN, distribution, point.name)


def _normal(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def _load_file(path: Path) -> ModuleType:
    """Import a plug-in file under its stem, so that its targets can name it."""
    if not path.is_file():
        raise UserError(f"there is no plug-in file {path}")
    import sys

    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path} is not a Python file")
    if path.stem in sys.modules and getattr(sys.modules[path.stem], "__file__", None) != str(path):
        raise UserError(f"plug-in file {path} has the name of an imported module", "rename the file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


_options: dict[str, Any] = {}
_listed: list[str] = []


def configure(files: tuple[Path, ...] = (), builtins_only: bool = False, listed: str | None = None) -> None:
    """Say what :func:`registry` loads; call it before first use.

    Args:
        files: plug-in files.
        builtins_only: leave out what is installed besides.
        listed: takes the place of ``DOWNBENCH_PLUGINS`` where given.
    """
    _options.update(files=files, builtins_only=builtins_only)
    _listed.clear()
    if listed is not None:
        _listed.append(listed)
    registry.cache_clear()


def options() -> tuple[tuple[str, ...], bool, str | None]:
    """What another process needs for :func:`configure` to get the same registry."""
    files = tuple(str(Path(file).resolve()) for file in _options.get("files", ()))
    return files, bool(_options.get("builtins_only", False)), _allowed_names()


def _allowed_names() -> str | None:
    return _listed[0] if _listed else os.environ.get("DOWNBENCH_PLUGINS")


@cache
def registry() -> Registry:
    """The process's registry: installed plug-ins as ``DOWNBENCH_PLUGINS`` allows, and plug-in files."""
    listed = _allowed_names()
    allowed = frozenset(_normal(name) for name in listed.split(",")) if listed is not None else None
    return Registry(allowed=allowed, **_options)


def leaderboard_sections(runs: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Sections that plug-ins add to the leaderboard's front page."""
    return [
        section
        for _, found in registry().call("downbench_leaderboard_sections", runs=runs)
        for section in found
    ]
