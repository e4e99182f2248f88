"""Every module has a test that names it, and tests stand in the folders of what they test.

A module counts as named where a test file imports it, or a name from it, by the module's own name. A module
without a single statement but its docstring and imports needs none.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from folders import ROOT

PACKAGES = {
    "downbench": "benchmark",
    "downbench_methods": "methods",
    "downbench_metrics": "metrics",
    "downbench_datasets": "datasets",
    "downbench_leaderboard": "leaderboard",
}
UNTESTED = {
    "downbench.__main__": "two lines; every test that runs `python -m downbench` passes through it",
    "downbench.contracts.metric": "abstract: every metric is one",
    "downbench.contracts.chunk": "abstract: downbench.scoring.chunk has the code, and its tests",
    "downbench.contracts.coarse_input": "fields without code",
    "downbench.contracts.study": "fields without code",
    "downbench.pipeline.scoring_plan": "fields without code",
    "downbench_datasets.reading.record": "fields without code",
    "downbench.cli.options": "texts of options, which test_help.py reads in the help that they make",
}
NEIGHBOURS = {  # tested through the tests of another module, which name them nowhere yet
    "downbench_datasets.files.inputs.fields": "datasets/files/inputs/test_inputs.py",
    "downbench_datasets.files.inputs.predictors": "datasets/files/inputs/test_inputs.py",
    "downbench_datasets.files.inputs.statics": "datasets/files/inputs/test_inputs.py",
    "downbench.pipeline.apart.stage": "pipeline/apart/test_stage.py",
    "downbench.testing.datasets.at_work": "testing/datasets/test_planted.py",
    "downbench.testing.datasets.fingerprints": "testing/datasets/test_planted.py",
    "downbench.testing.datasets.opening": "testing/datasets/test_planted.py",
    "downbench.testing.datasets.splits": "testing/datasets/test_planted.py",
    "downbench.testing.methods.declared": "testing/methods/test_planted.py",
    "downbench.testing.methods.handed": "testing/methods/test_planted.py",
    "downbench.testing.methods.in_time": "testing/methods/test_planted.py",
    "downbench.testing.methods.likeness": "testing/methods/test_planted.py",
    "downbench.testing.methods.random_numbers": "testing/methods/test_planted.py",
    "downbench.testing.methods.restoring": "testing/methods/test_planted.py",
    "downbench.testing.methods.sealed": "testing/methods/test_planted.py",
    "downbench.testing.methods.yielded": "testing/methods/test_planted.py",
    "downbench.testing.metrics.adding_up": "testing/metrics/test_planted.py",
    "downbench.testing.metrics.declared": "testing/metrics/test_planted.py",
    "downbench.testing.metrics.judging": "testing/metrics/test_planted.py",
    "downbench.testing.metrics.said": "testing/metrics/test_planted.py",
    "downbench.testing.metrics.scenes": "testing/metrics/test_planted.py",
    "downbench_methods.training.reporting": "training/test_loop.py",
}
NOT_MIRRORED = {
    "helpers",
    "plugins",
    "performance",
    "device",
    "examples",
    "docs",
    "reference",
}  # beside the five packages


def modules() -> dict[str, Path]:
    """Module to file, of all five packages."""
    found = {}
    for package, folder in PACKAGES.items():
        root = ROOT / folder / package
        for file in root.rglob("*.py"):
            parts = (package, *file.relative_to(root).with_suffix("").parts)
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def has_code(file: Path) -> bool:
    """Whether there is more than a docstring and imports."""
    plain = (ast.Expr, ast.Import, ast.ImportFrom)
    return any(not isinstance(node, plain) for node in ast.parse(file.read_text(encoding="utf-8")).body)


def imported() -> set[str]:
    """What tests and their helpers import, each as a module and as a name of one."""
    names = set()
    files = [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "tests" / "helpers").glob("*.py")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_every_module_is_named_by_a_test() -> None:
    code = {name for name, file in modules().items() if has_code(file)}
    assert sorted(code - imported() - set(UNTESTED) - set(NEIGHBOURS)) == []


def test_the_list_of_untested_modules_is_not_longer_than_it_must_be() -> None:
    listed = {*UNTESTED, *NEIGHBOURS}
    assert sorted(listed - set(modules())) == [], "these modules are gone"
    assert sorted(listed & imported()) == [], "these have a test now"


@pytest.mark.parametrize(("package", "folder"), PACKAGES.items())
def test_tests_stand_in_the_folders_of_what_they_test(package: str, folder: str) -> None:
    tested, code = ROOT / "tests" / folder, ROOT / folder / package
    for test in tested.rglob("test_*.py"):
        assert (code / test.parent.relative_to(tested)).is_dir(), test


def test_no_test_stands_outside_the_mirrored_folders() -> None:
    folders = {file.relative_to(ROOT / "tests").parts[0] for file in (ROOT / "tests").rglob("*/test_*.py")}
    assert folders <= {*PACKAGES.values(), *NOT_MIRRORED}
