"""Examples in the help of every command are commands: their options exist and their arguments are enough."""

from __future__ import annotations

import shlex
from types import ModuleType

import pytest
import typer

from downbench.cli.commands import (
    apply,
    check,
    compare,
    doctor,
    export,
    import_archives,
    new,
    plugins,
    reference,
    run,
    schema,
    score,
    show,
    study,
    submit,
    template,
    validate,
    verify,
    weights,
)
from downbench.cli.commands import list as listing
from downbench.cli.global_options import split_options
from downbench.cli.main import COMMANDS, build_app

MODULES = {
    "apply": apply,
    "check": check,
    "compare": compare,
    "doctor": doctor,
    "export": export,
    "import": import_archives,
    "list": listing,
    "new": new,
    "plugins": plugins,
    "reference": reference,
    "run": run,
    "schema": schema,
    "score": score,
    "show": show,
    "study": study,
    "submit": submit,
    "template": template,
    "validate": validate,
    "verify": verify,
    "weights": weights,
}
CASES = [(name, example) for name, module in MODULES.items() for example in module.EXAMPLES]


def test_every_command_has_an_example() -> None:
    assert MODULES.keys() == COMMANDS.keys()
    assert all(module.EXAMPLES for module in MODULES.values())


@pytest.mark.parametrize(("name", "module"), MODULES.items())
def test_a_command_stands_in_the_module_of_its_name(name: str, module: ModuleType) -> None:
    home, attribute = COMMANDS[name].split(":")
    assert module.__name__ == home
    assert callable(getattr(module, attribute))


@pytest.mark.parametrize(("name", "example"), CASES)
def test_an_example_is_understood(name: str, example: str) -> None:
    """Parsed, not carried out."""
    words = ["bench", *split_options(shlex.split(example.partition(" > ")[0])[1:])[1]]
    assert example.startswith("bench ")
    assert words[1] == name
    group = typer.main.get_command(build_app(words[1:]))
    command = group.get_command(group.make_context("bench", [], resilient_parsing=True), name)
    context = command.make_context(name, words[2:])
    assert context.params
