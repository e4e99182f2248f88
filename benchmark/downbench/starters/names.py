"""The names of a new plug-in, all made of the one that its author chose."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from keyword import iskeyword

from downbench.errors import UserError
from downbench.plugins.registry import KINDS
from downbench.plugins.session import registry

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 40


@dataclass(frozen=True)
class Names:
    """What a new plug-in is called.

    Args:
        name: what ``bench`` calls it, such as ``my-unet``.
        module: the same as a name in Python, such as ``my_unet``.
        class_name: such as ``MyUnet``.
        title: such as ``My unet``.
    """

    name: str
    module: str
    class_name: str
    title: str

    @property
    def package(self) -> str:
        """What Python imports, where it is a package."""
        return f"downbench_{self.module}"

    @property
    def distribution(self) -> str:
        """What pip installs."""
        return f"downbench-{self.name}"


def names_of(name: str) -> Names:
    """The names that follow from one.

    Raises:
        UserError: it is not one that files, Python and the command line can all bear.
    """
    if len(name) > LONGEST or not _NAME.fullmatch(name):
        raise UserError(
            f"{name!r} cannot be the name of a plug-in",
            f"use lower case letters, digits and single hyphens, begin with a letter, and take at most "
            f"{LONGEST} of them: my-method",
        )
    words = name.split("-")
    class_name = "".join(word.capitalize() for word in words)
    if iskeyword(class_name):
        class_name = f"My{class_name}"
    return Names(name, "_".join(words), class_name, " ".join(words).capitalize())


def check_free(names: Names, file: bool) -> None:
    """Refuse names that something else has already.

    Args:
        names: of the new plug-in.
        file: whether it is a single file, which Python then imports by its name.

    Raises:
        UserError: says who has the name.
    """
    for kind in KINDS:
        for entry in registry().entries(kind):
            if entry.info.name == names.name:
                raise UserError(
                    f"there is a {kind} called {names.name!r} already, of {entry.distribution}",
                    "choose another name",
                )
    module = names.module if file else names.package
    if iskeyword(module) or module in sys.stdlib_module_names or find_spec(module) is not None:
        raise UserError(f"Python has something called {module!r} already", "choose another name")
    if not file and _is_installed(names.distribution):
        raise UserError(f"a package {names.distribution!r} is installed already", "choose another name")


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
