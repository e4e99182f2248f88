"""The registry: loads plug-ins one at a time, so that a broken one takes nothing else down."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import pluggy

from downbench.errors import DownbenchError, DownbenchWarning, RunFailed, UserError
from downbench.guard import author_line, defined_at, running
from downbench.missing import no_such
from downbench.plugins import hooks
from downbench.plugins.data_paths import is_path, no_dataset_but_a_path
from downbench.plugins.descriptions import DatasetInfo, Info
from downbench.plugins.loading import BUILTIN, HEAVY, Source, check_hooks, import_strange, in_file, installed
from downbench.remedies import lacking

T = TypeVar("T")
KINDS = {
    "method": "downbench_methods",
    "metric": "downbench_metrics",
    "dataset": "downbench_datasets",
    "study": "downbench_studies",
}
PLURAL = {"method": "methods", "metric": "metrics", "dataset": "datasets", "study": "studies"}
CARD = (".yaml", ".yml")
_ABSENT = object()
_FEW = 12  # names that a message lists


@dataclass(frozen=True)
class Registration:
    """One registered object and where it comes from."""

    info: Info
    distribution: str
    version: str
    file: Path | None = None  # set for --plugin files
    pinned: bool = False  # its version says all: there is no code of its own behind it
    given_as: str = ""  # the path of a card that the user named, which another process finds it by

    @property
    def full_name(self) -> str:
        """``distribution:name``, which is never ambiguous; the path of a card that the user named."""
        return self.given_as or f"{self.distribution}:{self.info.name}"

    @property
    def _card(self) -> str:
        return self.info.card if isinstance(self.info, DatasetInfo) else ""

    def load(self) -> Any:
        """Import the implementation.

        Raises:
            RunFailed: the import fails; the original error is the cause.
        """
        module_name, attribute = self.info.target.split(":")
        what = f"{self.info.kind} {self.info.name!r}"
        try:
            module = self._import(module_name)
            implementation: Any = getattr(module, attribute, _ABSENT)
            if self._card and implementation is not _ABSENT:
                implementation = implementation(Path(self._card))
        except ModuleNotFoundError as error:
            if error.name and f"{module_name}.".startswith(f"{error.name}."):
                raise RunFailed(
                    f"{what} of {self.distribution}: there is no module {error.name!r}, which its target "
                    f"{self.info.target!r} names",
                    "a target is 'module:Class', with the whole name of the module: my_package.method",
                ) from error
            extra = " (pip install 'downbench[torch]')" if error.name in {"torch", "safetensors"} else ""
            raise RunFailed(f"{what} needs the package {error.name!r}{extra}") from error
        except Exception as error:
            if isinstance(error, UserError) and self._card:
                raise  # a mistake in the card
            text = str(error) if isinstance(error, DownbenchError) else repr(error)
            raise RunFailed(
                f"{what} of {self.distribution} cannot be imported: {text} ({author_line(None, error)})"
            ) from error
        if implementation is _ABSENT:
            close = get_close_matches(attribute, dir(module), n=1)
            raise RunFailed(
                f"{what} of {self.distribution}: there is no {attribute!r} in {module.__file__}",
                f"did you mean {close[0]}?" if close else "a target is 'module:Class'",
            )
        if isinstance(implementation, type):
            implementation.name = self.info.name  # type: ignore[attr-defined]
        return implementation

    def load_class(self, base: type[T]) -> type[T]:
        """Import the implementation, a class.

        Args:
            base: what it must be derived from, as ``downbench.Method``.

        Raises:
            UserError: it is something else, or lacks functions that its kind has to write.
            RunFailed: the import fails; the original error is the cause.
        """
        code = self.load()
        if isinstance(code, type) and issubclass(code, base):
            if missing := lacking(code):
                raise UserError(
                    f"{self.info.kind} {self.info.name!r}: {code.__name__} lacks {', '.join(missing)} "
                    f"({defined_at(code)})",
                    f"write {'; '.join(missing.values())}",
                )
            return code
        raise UserError(
            f"{self.info.target} is not a subclass of downbench.{base.__name__} ({defined_at(code)})",
            f"target names the module and a class of it, which begins with: class Mine({base.__name__})",
        )

    def _import(self, module: str) -> ModuleType:
        load = partial(import_module, module)
        if self.distribution == BUILTIN:
            return load()
        return import_strange(module, self.version, HEAVY, load)


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
    plugins: dict[str, Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._manager = pluggy.PluginManager(hooks.GROUP)
        self._manager.add_hookspecs(hooks)
        self._collected: dict[str, list[Registration]] = {}
        for source in installed(self.builtins_only, self.allowed):
            try:
                self._register(source)
            except Exception as error:
                self._mark_broken(source.name, error)
        for file in self.files:
            self._register(in_file(file))

    def _register(self, source: Source) -> None:
        module = source.load()
        try:
            self._admit(module, source.name)
        except UserError:
            self._manager.unregister(module, source.name)
            raise
        self.plugins[source.name] = source

    def _admit(self, module: ModuleType, name: str) -> None:
        """Let a plug-in take part.

        Raises:
            UserError: a function of it is not a hook as it stands.
        """
        unknown: list[str] = []
        try:
            self._manager.register(module, name=name)
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            callers = self._manager.get_hookcallers(module) or []
            unknown = [caller.name for caller in callers if caller.name not in hooks.NAMES]
            if not unknown:
                raise UserError(f"a hook of {module.__name__} is not right", str(error)) from None
        check_hooks(module, unknown)

    def _mark_broken(self, name: str, error: BaseException) -> None:
        text = str(error) if isinstance(error, DownbenchError) else f"{error!r} ({author_line(None, error)})"
        self.broken.append(Broken(name, text, "".join(traceback.format_exception(error))))
        warnings.warn(
            f"plug-in {name} is broken and left out: {text} (bench doctor says more)",
            DownbenchWarning,
            stacklevel=2,
        )

    def call(self, hook: str, **arguments: Any) -> Iterator[tuple[str, Any]]:
        """Call a hook on each plug-in on its own; one that raises is warned about and left out.

        Yields:
            Name of a plug-in, and what its hook returned.
        """
        plugins = self._manager.get_plugins()
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            name = implementation.plugin_name
            others = plugins - {implementation.plugin}
            try:
                with running(f"plug-in {name}", implementation.function):
                    results = self._manager.subset_hook_caller(hook, others)(**arguments)
            except Exception as error:
                self._mark_broken(name, error)
                continue
            yield name, results[0] if results else None  # pluggy leaves None out

    def has(self, hook: str) -> bool:
        """Whether any plug-in has a hook."""
        return bool(getattr(self._manager.hook, hook).get_hookimpls())

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
            self._collected[hook] = []
            for name, infos in self.call(hook):
                source = self.plugins[name]
                if not isinstance(infos, list) or not all(isinstance(info, Info) for info in infos):
                    wrong = TypeError(f"{hook} must return a list of descriptions, got {infos!r}")
                    self._mark_broken(name, wrong)
                    continue
                names = [info.name for info in infos]
                if twice := sorted({one for one in names if names.count(one) > 1}):
                    self._mark_broken(
                        name, UserError(f"{hook} declares {', '.join(map(repr, twice))} more than once")
                    )
                    continue
                self._collected[hook] += [
                    Registration(info, source.distribution, source.version, source.file) for info in infos
                ]
        return self._collected[hook]

    def find(self, kind: str, name: str) -> Registration:
        """Resolve ``name`` or ``distribution:name``, or the path of a YAML file that describes a dataset.

        Raises:
            UserError: unknown (with the nearest names) or ambiguous (with the distributions).
        """
        if kind == "dataset" and name.lower().endswith(CARD):
            return self._described_in(Path(name))
        entries = self.entries(kind)
        matching = [entry for entry in entries if name in (entry.info.name, entry.full_name)]
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise UserError(
                f"{len(matching)} {kind}s are called {name!r}",
                "choose " + " or ".join(entry.full_name for entry in matching),
            )
        if kind == "dataset" and is_path(name):
            raise no_dataset_but_a_path(name)
        names = [entry.info.name for entry in entries]
        raise self.unknown(f"no {kind}", name, names, f"bench list {PLURAL[kind]}")

    def unknown(self, what: str, name: str, names: Sequence[str], listing: str = "bench list") -> UserError:
        """A mistake: a name that is none, with all that may be the reason, the likeliest first.

        Args:
            what: there is not, as ``no method``.
            name: that is looked for.
            names: that there are.
            listing: the command that shows them.
        """
        reasons = [f"plug-in {one.plugin} is broken and may provide it: {one.error}" for one in self.broken]
        near = not_installed(name, self.files) or _near(name, names, listing)
        return UserError(f"there is {what} {name!r}", "\n  ".join([*reasons, near]))

    def _described_in(self, path: Path) -> Registration:
        """The dataset that a file describes; it is one of the session's datasets from then on.

        Raises:
            UserError: no such file, or no plug-in makes anything of it.
        """
        given_as = str(path.absolute())
        entries = self.entries("dataset")
        for entry in entries:
            if entry.given_as == given_as:
                return entry
        if not path.is_file():
            raise no_such(path, "the dataset card", "`bench data new` writes one")
        answers = [
            (self.plugins[name], info)
            for name, info in self.call("downbench_dataset_of", path=path.absolute())
            if isinstance(info, DatasetInfo)
        ]
        if not answers:
            raise UserError(f"{path} describes no dataset", "`bench schema card` says what a card holds")
        answers.sort(key=lambda answer: answer[0].distribution == BUILTIN)  # a third party knows its own
        source, info = answers[0]
        entry = Registration(info, source.distribution, source.version, source.file, given_as=given_as)
        entries.append(entry)
        return entry


def not_installed(name: str, loaded: Sequence[Path] = ()) -> str:
    """What makes a plug-in known that stands in the working folder; empty where there is none of that name.

    Args:
        name: of what is looked for.
        loaded: plug-in files that are loaded.
    """
    bare = name.rpartition(":")[2]
    folder, file = f"downbench-{bare}", Path(f"{bare.replace('-', '_')}.py")
    if Path(folder, "pyproject.toml").is_file():
        return f"its package stands here and is not installed: pip install -e ./{folder}"
    if file.is_file() and file.resolve() not in [one.resolve() for one in loaded]:
        return f"{file} stands here and is not loaded: --plugin {file}"
    return ""


def _near(name: str, names: Sequence[str], listing: str) -> str:
    close = get_close_matches(name.rpartition(":")[2], list(dict.fromkeys(names)), n=3)
    if close:
        return f"did you mean {', '.join(close)}?"
    if len(names) <= _FEW:
        return f"there are: {', '.join(sorted(names))}"
    return (
        f"`{listing}` shows all {len(names)}; one of your own comes with --plugin FILE.py "
        "or from an installed package"
    )
