"""Rooms of the package that share their name with a public function: ``downbench.run(...)`` calls it.

Importing anything of ``downbench.run`` makes the room an attribute of the package, in place of the function.
So the room itself can be called.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_FUNCTIONS = {
    "downbench.run": "downbench.api.running:run",
    "downbench.apply": "downbench.api.applying:apply",
    "downbench.results": "downbench.api.collecting:results",
}


class _Room(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return _function(self.__name__)(*arguments, **options)

    @property
    def __signature__(self) -> Any:
        import inspect

        return inspect.signature(_function(self.__name__))


def _function(room: str) -> Any:
    module, _, name = _FUNCTIONS[room].partition(":")
    return getattr(import_module(module), name)


def make_callable(room: str) -> None:
    """Let a call of a room be a call of the public function of its name; nothing is imported for it yet."""
    sys.modules[room].__class__ = _Room
