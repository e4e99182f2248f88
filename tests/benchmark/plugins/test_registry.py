"""Plug-in discovery: isolation, clashes, allow-list, files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from distributions import make_distribution

from downbench.contracts.method import Method
from downbench.errors import DownbenchWarning, RunFailed, UserError
from downbench.plugins.descriptions import MethodInfo
from downbench.plugins.loading import BUILTIN
from downbench.plugins.registry import Registration, Registry, not_installed

GOOD = """
from downbench import MethodInfo, hookimpl

@hookimpl
def downbench_methods():
    return [MethodInfo(name="{name}", target="{module}:Thing", title="A thing")]
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def names(registry: Registry, kind: str = "method") -> list[str]:
    return [entry.info.name for entry in registry.entries(kind)]


def test_builtins_come_through_entry_points() -> None:
    registry = Registry(builtins_only=True)
    assert {"nearest", "bilinear", "bicubic", "quantile-mapping", "mean-noise", "ofdiff"} <= set(
        names(registry)
    )
    assert {plugin.split(":")[0] for plugin in registry.plugins} == {"downbench"}
    assert not registry.broken


def test_a_third_party_is_found_and_can_be_left_out(site: Path) -> None:
    make_distribution(
        site, "third-party", "third_party_mod", GOOD.format(name="thing", module="third_party_mod")
    )
    assert "thing" in names(Registry())
    assert "thing" not in names(Registry(builtins_only=True))
    assert "thing" in names(Registry(allowed=frozenset({"third-party"})))
    none_allowed = Registry(allowed=frozenset())
    assert "thing" not in names(none_allowed)
    assert "nearest" in names(none_allowed)  # built-ins are exempt


def test_a_broken_plugin_takes_nothing_down(site: Path) -> None:
    make_distribution(site, "broken-one", "broken_one_mod", "raise RuntimeError('boom at import')")
    make_distribution(site, "fine-one", "fine_one_mod", GOOD.format(name="fine", module="fine_one_mod"))
    with pytest.warns(DownbenchWarning, match="broken-one"):
        registry = Registry()
    assert {"fine", "nearest"} <= set(names(registry))
    assert "boom at import" in registry.broken[0].trace
    with pytest.raises(UserError, match=r"(?s)no method 'unheard-of'.*boom at import"):
        registry.find("method", "unheard-of")


def test_a_hook_that_raises_is_left_out(site: Path) -> None:
    source = """
    from downbench import hookimpl

    @hookimpl
    def downbench_methods():
        raise ValueError("boom in hook")

    @hookimpl
    def downbench_run_started(run):
        raise ValueError("boom in event")
    """
    make_distribution(site, "bad-hook", "bad_hook_mod", source)
    registry = Registry()
    with pytest.warns(DownbenchWarning, match="boom in hook"):
        assert "nearest" in names(registry)
    with pytest.warns(DownbenchWarning, match="boom in event"):
        registry.announce("downbench_run_started", run={})


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (
            "@hookimpl\ndef downbench_metods():",
            r"mistaken_mod\.py:3.*downbench_metods is not a hook.*downbench_methods\?",
        ),
        ("def downbench_methods():", r"mistaken_mod\.py:3.*write @hookimpl above def downbench_methods"),
        ("@hookimpl\ndef downbench_methods(runs):", r"hook of mistaken_mod is not right.*runs"),
    ],
)
def test_a_function_that_is_not_a_hook_is_named_with_its_line(
    site: Path, monkeypatch: pytest.MonkeyPatch, function: str, said: str
) -> None:
    monkeypatch.delitem(sys.modules, "mistaken_mod", raising=False)  # of the parameter before
    source = f"from downbench import hookimpl\n\n{function}\n    return []\n"
    make_distribution(site, "mistaken", "mistaken_mod", source)
    with pytest.warns(DownbenchWarning, match=f"(?s)plug-in mistaken:mistaken_mod is broken.*{said}"):
        registry = Registry()
    assert "mistaken:mistaken_mod" not in registry.plugins
    with pytest.raises(UserError, match=f"(?s){said}"):
        Registry(files=(site / "mistaken_mod.py",), builtins_only=True)
    sys.modules.pop("mistaken_mod")


def test_a_hook_that_forgets_to_return_is_named(site: Path) -> None:
    source = "from downbench import hookimpl\n\n@hookimpl\ndef downbench_methods():\n    []\n"
    make_distribution(site, "forgetful", "forgetful_mod", source)
    with pytest.warns(DownbenchWarning, match="forgetful.*must return a list of descriptions, got None"):
        assert "nearest" in names(Registry())


def test_two_plugins_with_one_name(site: Path) -> None:
    make_distribution(site, "first-dist", "first_mod", GOOD.format(name="twin", module="first_mod"))
    make_distribution(site, "second-dist", "second_mod", GOOD.format(name="twin", module="second_mod"))
    registry = Registry()
    with pytest.raises(UserError, match=r"(?s)2 methods.*first-dist:twin or second-dist:twin"):
        registry.find("method", "twin")
    assert registry.find("method", "second-dist:twin").distribution == "second-dist"


def test_a_misspelt_name_gets_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean bicubic"):
        Registry(builtins_only=True).find("method", "bicubc")


def test_plugin_file(tmp_path: Path) -> None:
    file = tmp_path / "my_file_plugin.py"
    file.write_text(GOOD.format(name="from-file", module="my_file_plugin") + "\n\nclass Thing: ...\n")
    entry = Registry(files=(file,)).find("method", "from-file")
    assert entry.load().__name__ == "Thing"
    assert entry.file == file


def test_a_broken_plugin_file_is_the_users_to_mend(tmp_path: Path) -> None:
    file = tmp_path / "my_broken_file.py"
    file.write_text("import nothing_of_the_kind\n")
    with pytest.raises(UserError, match=r"(?s)my_broken_file.*nothing_of_the_kind.*line 1"):
        Registry(files=(file,))
    with pytest.raises(UserError, match=r"the plug-in file .* does not exist"):
        Registry(files=(tmp_path / "absent.py",))


@pytest.mark.parametrize("name", ["../up", "Upper", "", "a b", "-x", "<b>"])
def test_names_that_could_become_paths_are_refused(name: str) -> None:
    with pytest.raises(UserError, match="not allowed"):
        MethodInfo(name=name, target="a:b")


@pytest.mark.parametrize(
    "command", ["import downbench", "from downbench.plugins.registry import Registry; Registry()"]
)
def test_import_and_listing_stay_light(command: str) -> None:
    heavy = ("torch", "xarray", "numpy", "pandas", "zarr", "numba", "pydantic")
    assert imported_of(heavy, command) == []


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["list", "references"]])
def test_commands_that_compute_nothing_import_nothing_heavy(arguments: list[str]) -> None:
    heavy = ("torch", "numpy", "xarray", "pandas", "zarr", "numba", "scipy")
    command = f"from downbench.cli.main import main; assert main({arguments}) == 0"
    assert imported_of(heavy, command) == []


def imported_of(modules: tuple[str, ...], command: str) -> list[str]:
    """Those modules that a new interpreter has imported after a command."""
    code = f"{command}\nimport sys\nprint('imported', *(m for m in {modules} if m in sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return result.stdout.splitlines()[-1].split()[1:]


def test_a_generated_package_that_is_not_installed_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not_installed("mine") == ""
    (tmp_path / "downbench-mine").mkdir()
    (tmp_path / "downbench-mine" / "pyproject.toml").write_text("")
    with pytest.raises(UserError) as caught:
        Registry(builtins_only=True).find("method", "mine")
    assert "pip install -e ./downbench-mine" in caught.value.hint


def test_a_plugin_file_that_stands_here_and_is_not_loaded_is_told(tmp_path, monkeypatch):
    """A run keeps the name of a plug-in's distribution: bench apply looks for mine:my-net."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "my_net.py"
    file.write_text("")
    for name in ("my-net", "mine:my-net"):
        with pytest.raises(UserError) as caught:
            Registry(builtins_only=True).find("method", name)
        assert caught.value.hint == "my_net.py stands here and is not loaded: --plugin my_net.py"
    assert not_installed("my-net", [file]) == ""


def test_a_name_like_no_other_is_told_where_names_are_listed_and_come_from():
    """A list of all methods would hide what stands beside it."""
    with pytest.raises(UserError) as caught:
        Registry(builtins_only=True).find("method", "zzzzz")
    assert "`bench list methods`" in caught.value.hint
    assert "--plugin" in caught.value.hint
    assert "bicubic" not in caught.value.hint


def test_a_broken_plugin_that_may_be_the_reason_is_named_first(tmp_path):
    file = tmp_path / "broken_here.py"
    file.write_text(
        "from downbench import MethodInfo, hookimpl\n\n\n"
        "@hookimpl\ndef downbench_methods():\n"
        "    return [MethodInfo(name='Odd Name', target='a:B', title='')]\n"
    )
    registry = Registry(files=(file,), builtins_only=True)
    with pytest.warns(DownbenchWarning, match="is broken"), pytest.raises(UserError) as caught:
        registry.find("method", "zzzzz")
    first, *_ = caught.value.hint.splitlines()
    assert "is broken and may provide it: method name 'Odd Name' is not allowed" in first


def test_what_is_no_class_of_its_kind_is_told_with_its_place_and_a_remedy(tmp_path):
    file = tmp_path / "no_method.py"
    file.write_text(
        "from downbench import MethodInfo, hookimpl\n\n\n"
        "@hookimpl\ndef downbench_methods():\n"
        "    return [MethodInfo(name='plain', target='no_method:Plain', title='Plain')]\n\n\n"
        "class Plain:\n    pass\n"
    )
    entry = Registry(files=(file,), builtins_only=True).find("method", "plain")
    with pytest.raises(
        UserError, match=r"no_method:Plain is not a subclass of downbench.Method \(.*:9\)\n.*class"
    ):
        entry.load_class(Method)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("learns:Lernt", r"there is no 'Lernt' in .*learns\.py\n  did you mean Learnt\?"),
        ("lerns:Learnt", r"there is no module 'lerns', which its target 'lerns:Learnt' names\n"),
        ("learns.deep:Learnt", r"there is no module 'learns\.deep', which its target"),
        ("needy:Learnt", r"method 'm' needs the package 'not_there_at_all'"),
    ],
)
def test_a_target_that_is_not_there_is_told_from_a_package_that_it_needs(tmp_path, monkeypatch, target, said):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "learns.py").write_text("class Learnt:\n    pass\n")
    (tmp_path / "needy.py").write_text("import not_there_at_all\n")
    entry = Registration(MethodInfo(name="m", target=target, title="M"), BUILTIN, "1")
    with pytest.raises(RunFailed, match=said):
        entry.load()


def test_a_plugin_that_declares_a_name_twice_is_broken_since_nothing_tells_the_two_apart(tmp_path):
    file = tmp_path / "declares_twice.py"
    file.write_text(
        "from downbench import MethodInfo, hookimpl\n\n\n"
        "@hookimpl\ndef downbench_methods():\n"
        "    return [MethodInfo(name=n, target='a:B', title='') for n in ('mine', 'other', 'mine')]\n"
    )
    registry = Registry(files=(file,), builtins_only=True)
    with pytest.warns(DownbenchWarning, match="downbench_methods declares 'mine' more than once"):
        entries = registry.entries("method")
    assert {entry.distribution for entry in entries} == {BUILTIN}
