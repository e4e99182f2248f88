"""The Python API: public names of ``downbench``, a page for each module; and the toolkit."""

from __future__ import annotations

from functools import partial
from importlib import import_module

import md
import roles

import downbench
from downbench_methods import toolkit

FOLDER = "reference/api"
FIELDS = ("Finisher",)  # models that explain their fields as arguments, whose signature nobody has written
UNSEEN = """\
    options:
      docstring_options:
        warn_unknown_params: false
        warn_missing_types: false"""


def pages() -> md.Makers:
    """A page a module, and an index of all names."""
    modules: dict[str, list[str]] = {}
    for name, home in downbench._HOME.items():
        modules.setdefault(home, []).append(name)
    made: md.Makers = {_path(home): partial(_page, home, names) for home, names in modules.items()}
    made[f"{FOLDER}/index.md"] = partial(_index, modules)
    made[f"{FOLDER}/toolkit.md"] = _toolkit
    return made


def _index(modules: dict[str, list[str]]) -> str:
    rows = [[_first(home), ", ".join(_link(home, name) for name in names)] for home, names in modules.items()]
    return md.page(
        "# Python API",
        "`from downbench import ...` is all that a plug-in or a script needs. These names follow SemVer; "
        "everything else may change.",
        md.table(["what", "names"], rows),
        "What plug-ins may import of the built-in methods is [the toolkit](toolkit.md).",
    )


def _toolkit() -> str:
    parts = ["# The toolkit", roles.as_markdown(toolkit.__doc__ or "").strip()]
    for topic, names in toolkit.TOPICS.items():
        parts += [f"## {topic.capitalize()}", *map(_of_toolkit, names)]
    return md.page(*parts)


def _of_toolkit(name: str) -> str:
    shown = f"::: {toolkit.__name__}.{name}"
    return f"{shown}\n{UNSEEN}" if name in FIELDS else shown


def _path(home: str) -> str:
    return f"{FOLDER}/{home.replace('.', '-')}.md"


def _link(home: str, name: str) -> str:
    return f"[`{name}`]({home.replace('.', '-')}.md#downbench.{name})"


def _first(home: str) -> str:
    """What a module says of itself first."""
    documented = import_module(f"downbench.{home}").__doc__ or home
    return roles.as_markdown(documented).split("\n")[0].rstrip(".")


def _page(home: str, names: list[str]) -> str:
    return md.page(
        f"---\ntitle: {home.replace('.', ' · ')}\n---",
        f"# {_first(home)}",
        *(f"::: downbench.{name}" for name in names),
    )
