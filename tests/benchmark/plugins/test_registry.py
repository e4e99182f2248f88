"""Plug-in discovery: isolation, clashes, allow-list, files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from distributions import make_distribution

from downbench.errors import DownbenchWarning, UserError
from downbench.plugins.descriptions import MethodInfo
from downbench.plugins.registry import Registry, not_installed

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
