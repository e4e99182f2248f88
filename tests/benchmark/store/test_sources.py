"""The version of a method's code follows its own modules, and no others."""

from __future__ import annotations

import itertools

import pytest

from downbench.plugins.descriptions import MethodInfo
from downbench.plugins.registry import Registration
from downbench.store import keys
from downbench.store.sources import hash_of_module, imports_of_module

FILES = {
    "__init__.py": "from sourced.declared import ALL\nSHARED = 1\n",
    "declared.py": "ALL = []\n",
    "own/__init__.py": "",
    "own/method.py": "import sourced.tools.loop\nfrom . import near\ndef f():\n    import sourced.late_one\n",
    "own/near.py": "x = 1\n",
    "tools/__init__.py": "",
    "tools/loop.py": "from ..deep.below import y\n",
    "deep/__init__.py": "",
    "deep/below.py": "y = 1\n",
    "late_one.py": "z = 1\n",
    "other/__init__.py": "",
    "other/rival.py": "from sourced.own import near\n",
}
IMPORTED = ["own/__init__.py", "own/method.py", "own/near.py", "tools/__init__.py", "tools/loop.py"]
IMPORTED += ["deep/__init__.py", "deep/below.py", "late_one.py"]


@pytest.fixture
def hashed(tmp_path, monkeypatch):
    """Write the package with changed files into a folder of its own, and hash its method."""
    folders = itertools.count()

    def write(changes=None, module="sourced.own.method"):
        folder = tmp_path / str(next(folders))
        for path, text in (FILES | (changes or {})).items():
            file = folder / "sourced" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        monkeypatch.syspath_prepend(folder)
        hash_of_module.cache_clear()
        imports_of_module.cache_clear()
        return hash_of_module(module)

    return write


def test_each_module_that_the_method_imports_counts(hashed):
    base = hashed()
    assert hashed() == base
    for path in IMPORTED:
        assert hashed({path: FILES[path] + "more = 1\n"}) != base, path


def test_other_methods_and_the_declarations_do_not_count(hashed):
    base = hashed()
    for path in ("__init__.py", "declared.py", "other/rival.py"):
        assert hashed({path: FILES[path] + "more = 1\n"}) == base, path


def test_the_package_s_own_names_count_where_they_are_imported(hashed):
    uses = {"own/method.py": "from sourced import SHARED\n"}
    changed = {"__init__.py": FILES["__init__.py"].replace("SHARED = 1", "SHARED = 2")}
    assert hashed(uses | changed) != hashed(uses)
    below = {"declared.py": "ALL = [1]\n"}  # imported by the __init__ that now counts
    assert hashed(uses | below) != hashed(uses)


def test_an_import_by_a_computed_name_makes_the_whole_package_count(hashed):
    computed = {
        "own/near.py": "from importlib import import_module\nx = import_module('sourced.other.rival')\n"
    }
    assert hashed(computed | {"other/rival.py": "x = 2\n"}) != hashed(computed)


def test_a_method_that_stands_in_the_package_s_face(hashed):
    assert hashed({}, "sourced") != hashed({"__init__.py": "class M: ...\n"}, "sourced")


def test_no_package_has_no_hash():
    assert hash_of_module("no_such_package.method") is None


def test_built_in_methods_of_different_families_share_no_hash():
    modules = ["interpolation", "statistical.analogs", "ofdiff.method", "regression.methods"]
    assert len({hash_of_module(f"downbench_methods.{module}") for module in modules}) == len(modules)


def test_imports_of_other_packages_are_told(hashed):
    hashed({"own/near.py": "import numpy.linalg\ndef f():\n    from toolkit.loop import train\n"})
    assert imports_of_module("sourced.own.method") == {"numpy.linalg", "toolkit.loop.train"}


@pytest.mark.parametrize("as_file", [True, False])
def test_the_version_follows_the_tools_of_another_plugin(hashed, tmp_path, monkeypatch, as_file):
    """Those that it imports, and no others of that plug-in."""
    (tmp_path / "mine.py").write_text("from sourced.own.method import f\nimport numpy\n")
    monkeypatch.syspath_prepend(tmp_path)
    info = MethodInfo(name="m", target="mine:M", title="A method")
    entry = Registration(info, "mine", "1.0", tmp_path / "mine.py" if as_file else None)
    editable = {"mine": False, "theirs": True}
    monkeypatch.setattr(keys, "is_editable", lambda name: editable[name])
    monkeypatch.setattr(keys, "plugin_packages", lambda: {"sourced": ("theirs", "2.1")})

    def version(changes=None):
        hashed(changes)
        return keys.code_version(entry)

    base = version()
    assert version({"other/rival.py": "more = 1\n"}) == base
    assert version({"tools/loop.py": "more = 1\n"}) != base
    assert base.startswith("source-" if as_file else "1.0+sourced-")
    editable["theirs"] = False
    assert version().endswith("+sourced-2.1")
