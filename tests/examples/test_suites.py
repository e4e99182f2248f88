"""The suite files of examples/ ask for what their comments and the guides say."""

from __future__ import annotations

from folders import ROOT

from downbench.plugins.registry import Registry
from downbench.protocol import CONTROLS
from downbench.suite.request import read_suite
from downbench_methods.rivals import RIVALS


def test_the_suite_of_rivals_has_what_the_study_has_and_every_method_but_ablations() -> None:
    named = {method["name"] for method in read_suite(ROOT / "examples" / "rivals.yaml")["methods"]}
    assert {RIVALS.reference, *RIVALS.questions} - named == set()
    built_in = {entry.info.name for entry in Registry(builtins_only=True).entries("method")}
    assert [name for name in built_in - named - {*CONTROLS} if not name.startswith("ofdiff-")] == []
