"""Plug-in files and functions that are named like hooks."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from downbench import UserError, hookimpl
from downbench.plugins.loading import check_hooks, in_file, installed


def test_built_ins_come_first_and_alone_when_asked_for():
    sources = installed(builtins_only=False, allowed=None)
    assert sources[0].distribution == "downbench"
    assert {source.distribution for source in installed(True, None)} == {"downbench"}
    assert {source.distribution for source in installed(False, frozenset())} == {"downbench"}
    assert len({source.name for source in sources}) == len(sources)


@pytest.fixture
def plugin(tmp_path):
    """A plug-in file of some source; what it leaves in ``sys.modules`` is taken away."""
    before = set(sys.modules)

    def write(source, name="my_plugin.py"):
        path = tmp_path / name
        path.write_text(source)
        return in_file(path)

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_file_is_imported_under_its_stem(plugin):
    source = plugin("x = 3\n")
    module = source.load()
    assert (module.__name__, module.x, source.distribution) == ("my_plugin", 3, "my_plugin")
    assert sys.modules["my_plugin"] is module


@pytest.mark.parametrize(
    ("source", "hint"),
    [("x = 1\ny = = 2\n", "line 2 of"), ("x = 1\n\nraise ValueError('no')\n", "line 3 of")],
)
def test_a_mistake_is_named_with_its_line_and_leaves_no_module_behind(plugin, source, hint):
    with pytest.raises(UserError, match="cannot be loaded") as caught:
        plugin(source).load()
    assert hint in str(caught.value)
    assert "my_plugin.py" in str(caught.value)
    assert "my_plugin" not in sys.modules


def test_a_file_that_would_hide_an_imported_module_is_refused(plugin):
    with pytest.raises(UserError, match="name of an imported module"):
        plugin("x = 1\n", "json.py").load()


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"the plug-in file .* does not exist"):
        in_file(tmp_path / "gone.py")


def test_functions_that_would_never_be_called_are_named():
    module = ModuleType("mine")

    def downbench_methods():
        return []

    @hookimpl
    def downbench_metric():
        return []

    module.downbench_methods, module.downbench_metric = downbench_methods, downbench_metric
    with pytest.raises(UserError) as caught:
        check_hooks(module, ["downbench_metric"])
    message = str(caught.value)
    assert "downbench_metric is not a hook; did you mean downbench_metrics?" in message
    assert "write @hookimpl above def downbench_methods" in message
    assert message.count("test_loading.py:") == 2


def test_a_plug_in_without_mistakes_is_let_through():
    module = ModuleType("mine")
    module.downbench_methods = hookimpl(lambda: [])
    module.downbench_helper = 3  # no function
    check_hooks(module, [])


def test_a_file_whose_import_leaves_the_interpreter_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "leaves.py").write_text("import os\nos._exit(0)\n")
    with pytest.raises(UserError, match=r"plug-in .*leaves\.py: its import ends the interpreter"):
        in_file(tmp_path / "leaves.py").load()
