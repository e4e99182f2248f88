"""What the toolkit promises: its names with what they take, as the file beside this test has them.

``PYTHONPATH=tests/helpers python tests/methods/toolkit/test_public_names.py`` writes the file anew.
"""

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from folders import ROOT

from downbench import Config
from downbench_methods import toolkit

PINNED = Path(__file__).parent / "public_names.txt"


def described(name):
    """Lines of one public name; a class has what it does not inherit from another one that is public."""
    value = getattr(toolkit, name)
    if inspect.isfunction(value):
        return [f"{name}{signature(value)}"]
    if not inspect.isclass(value):
        return [f"{name}: {', '.join(value)}"]
    public = [base for base in value.__mro__[1:] if base.__name__ in toolkit.__all__]
    over = f" over {', '.join(base.__name__ for base in public)}" if public else ""
    takes = "" if issubclass(value, Config) else signature(value)
    lines = [f"class {name}{takes}{over}"]
    inherited = {key for base in public for key in (*dir(base), *fields_of(base))}
    lines += [f"  {key} = {text}" for key, text in fields_of(value).items() if key not in inherited]
    own = {key for base in value.__mro__ if base not in public for key in ours(base)}
    members = {key: getattr(value, key) for key in sorted(own)}
    routines = {
        key: signature(member)
        for key, member in members.items()
        if inspect.isfunction(member) or inspect.ismethod(member)
    }
    return lines + [f"  {key}{routines.get(key, '')}" for key in members]


def fields_of(cls):
    """Parameters of a configuration, with their defaults."""
    fields = cls.model_fields if issubclass(cls, Config) else {}
    return {key: "required" if field.is_required() else repr(field.default) for key, field in fields.items()}


def ours(cls):
    """What a class of this project defines for others."""
    if not cls.__module__.startswith("downbench_methods"):
        return ()
    return (key for key in vars(cls) if not key.startswith(("_", "model_config")))


def signature(value):
    """Of whatever can be called, without addresses."""
    return re.sub(r"<function <lambda> at \w+>", "...", str(inspect.signature(value)))


def everything():
    return "".join(line + "\n" for name in sorted(toolkit.__all__) for line in described(name))


def test_names_and_signatures_are_the_promised_ones():
    """Where this fails, a plug-in may break. More names, or arguments with a default, are a minor version;
    whatever else changes is a major one. Say it in CHANGELOG.md, then write the file anew."""
    assert everything() == PINNED.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", toolkit.__all__)
def test_every_name_is_explained(name):
    if not name.isupper():  # a constant's text stands on the page
        assert inspect.getdoc(getattr(toolkit, name))
    page = (ROOT / "docs" / "bring" / "toolkit.md").read_text(encoding="utf-8")
    assert f"`{name}`" in page


def test_names_come_from_where_type_checkers_are_told():
    """The imports for type checkers and the table of homes say the same."""
    for name, home in toolkit._HOME.items():
        value = getattr(import_module(f"downbench_methods.{home}"), name)
        assert getattr(toolkit, name) is value
    text = Path(toolkit.__file__).read_text(encoding="utf-8")
    typed = text.split("if TYPE_CHECKING:")[1].split("TOPICS")[0]
    assert all(name in typed for name in toolkit.__all__)


def test_a_name_that_there_is_not():
    with pytest.raises(AttributeError, match="has no attribute 'TorchMetod'"):
        toolkit.TorchMetod  # noqa: B018


def test_the_toolkit_loads_nothing_before_it_is_used():
    code = "import sys, downbench_methods.toolkit; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


if __name__ == "__main__":
    PINNED.write_text(everything(), encoding="utf-8")
