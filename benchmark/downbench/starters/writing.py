"""Writing a new plug-in from its templates: a package, or a single file."""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from downbench.errors import UserError
from downbench.starters.names import Names, check_free, names_of
from downbench.version import __version__

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = ".in"  # so that no tool takes a template for the file that it becomes


@dataclass(frozen=True)
class Kind:
    """A kind of plug-in that can be begun.

    Args:
        word: what people call it.
        module: of a package, that holds the work.
        example: a command that uses it.
        extra: of downbench, that it needs.
    """

    word: str
    module: str
    example: str
    extra: str = ""


METHOD_RUN = "bench run --method {name} --dataset xshield --preset smoke --limit 8"
KINDS: Mapping[str, Kind] = {
    "method": Kind("method", "method", METHOD_RUN),
    "torch-method": Kind("method", "method", METHOD_RUN, "[torch]"),
    "metric": Kind(
        "metric", "metric", "bench run --method bilinear --metric {name} --dataset xshield --limit 8"
    ),
    "dataset": Kind("dataset", "dataset", "bench run --method bilinear --dataset {name}"),
    "plugin": Kind("plug-in", "", f"{METHOD_RUN} --plugin {{file}}"),
}


@dataclass(frozen=True)
class Written:
    """A new plug-in.

    Args:
        path: its folder, or its file.
        files: all that was written.
        commands: what to type next, from the folder that holds ``path``.
    """

    path: Path
    files: tuple[Path, ...]
    commands: tuple[str, ...]


def write_starter(kind: str, name: str, out: Path = Path()) -> Written:
    """Write a plug-in that installs, keeps its contract and has tests, for its author to change.

    Args:
        kind: one of ``KINDS``.
        name: what ``bench`` is to call it.
        out: folder that it is written into; it is made where it is not there.

    Raises:
        UserError: the name cannot be taken, or something stands there already.
    """
    names = names_of(name)
    is_file = kind == "plugin"
    check_free(names, is_file)
    texts = _filled_in(kind, names)
    path = out / (f"{names.module}.py" if is_file else names.distribution)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(path):
            raise UserError(f"{path} stands there already", "choose another name, or another --out")
        _write(out, path, texts)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror or error}", "choose another --out"
        ) from error
    files = (path,) if is_file else tuple(path / file for file in sorted(texts))
    return Written(path, files, _commands(KINDS[kind], names, path, is_file))


def _write(out: Path, path: Path, texts: Mapping[str, str]) -> None:
    """Write a single file; or a folder beside where it belongs, renamed when it is complete."""
    if not path.suffix:
        with tempfile.TemporaryDirectory(prefix=".new-", dir=out) as temporary:
            whole = Path(temporary) / path.name
            for file, text in texts.items():
                target = whole / file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            whole.rename(path)  # it fails where something with content has come to stand meanwhile
        return
    [text] = texts.values()
    with path.open("x", encoding="utf-8") as file_itself:  # it fails where something is
        file_itself.write(text)


def _filled_in(kind: str, names: Names) -> dict[str, str]:
    """The files of a plug-in, by their path in it."""
    folder = TEMPLATES / kind
    roots = [folder] if kind == "plugin" else [TEMPLATES / "common", folder]
    templates = {
        file.relative_to(root).as_posix(): file.read_text(encoding="utf-8")
        for root in roots
        for file in sorted(root.rglob(f"*{SUFFIX}"))
    }
    values = _values(kind, names, "".join(templates.values()))
    return {
        file.removesuffix(SUFFIX).replace("PACKAGE", names.package): Template(text).substitute(values)
        for file, text in templates.items()
    }


def _values(kind: str, names: Names, templates: str) -> dict[str, str]:
    """What templates may name."""
    about, class_name = KINDS[kind], names.class_name
    while re.search(rf"\b{class_name}(Config|Area)?\b", templates):  # the template has that name for another
        class_name = f"My{class_name}"
    return {
        "name": names.name,
        "package": names.package,
        "distribution": names.distribution,
        "title": names.title,
        "class_name": class_name,
        "kind": about.word,
        "module": about.module or names.module,
        "requires": f"downbench{about.extra}>={__version__}",
        "example": about.example.format(name=names.name, file=""),
    }


def _commands(kind: Kind, names: Names, path: Path, is_file: bool) -> tuple[str, ...]:
    """What to type next."""
    name, where = names.name, shlex.quote(str(path))
    if is_file:
        return f"bench check {name} --plugin {where}", kind.example.format(name=name, file=where)
    example = kind.example.format(name=name, file="")
    beside = "" if path.is_absolute() else "./"  # without it, pip looks for a package of that name
    install = shlex.quote(f"{beside}{path.as_posix()}[test]")
    return f"pip install -e {install}", f"bench check {name}", f"pytest {where}", example
