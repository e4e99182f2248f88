"""Each new plug-in, installed as pip would, passes every check and its own tests without an edit."""

import importlib.util
import inspect
import sys
import zipfile

import hatchling.build
import pytest

import downbench.testing
from downbench.plugins.session import configure
from downbench.starters.writing import write_starter
from downbench.testing.author import check_all, find_all

PACKAGES = {"method": "method", "torch-method": "method", "metric": "metric", "dataset": "dataset"}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """All of them, by kind; the packages are built, and what their wheels hold is on the path."""
    folder = tmp_path_factory.mktemp("plugins")
    site = folder / "site"
    written = {kind: write_starter(kind, f"new-{kind}", folder) for kind in (*PACKAGES, "plugin")}
    with pytest.MonkeyPatch.context() as patch:
        for kind in PACKAGES:
            patch.chdir(written[kind].path)
            with zipfile.ZipFile(folder / hatchling.build.build_wheel(str(folder))) as wheel:
                wheel.extractall(site)
        patch.setattr(sys, "path", [*sys.path, str(site)])
        configure((written["plugin"].path,))
        yield written
        configure()
        for name in [name for name in sys.modules if name.startswith(("downbench_new_", "new_plugin"))]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def reports(written):
    """What `bench check` says of all that they provide, by kind and name."""
    names = [f"new-{kind}" for kind in (*PACKAGES, "plugin")]
    return {(report.kind, report.name): report for report in check_all(find_all([*names, "new-plugin-area"]))}


def test_all_of_them_pass_every_check(reports):
    expected = {(word, f"new-{kind}") for kind, word in PACKAGES.items()}
    assert set(reports) == expected | {("method", "new-plugin"), ("metric", "new-plugin-area")}
    assert [report.text() for report in reports.values() if not report.ok] == []


@pytest.mark.parametrize(("kind", "word"), PACKAGES.items())
def test_their_own_tests_check_them(kind, word, written, reports, monkeypatch):
    """With the reports that are there already, since a check takes seconds."""
    asked = []

    def report_of(name):
        asked.append(name)
        assert reports[word, name].ok

    monkeypatch.setattr(downbench.testing, f"check_{word}", report_of)
    [file] = (written[kind].path / "tests").iterdir()
    spec = importlib.util.spec_from_file_location(f"downbench_new_test_{word}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    [own] = [value for name, value in inspect.getmembers(module) if name.startswith("test_")]
    own()
    assert asked == [f"new-{kind}"]
