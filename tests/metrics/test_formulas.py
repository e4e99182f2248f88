"""Each formula belongs to a metric, and is the one that its page shows."""

from __future__ import annotations

from downbench_metrics import downbench_metrics
from downbench_metrics.formulas import FORMULAS


def test_no_formula_is_left_without_its_metric() -> None:
    shown = {info.name: info.formula for info in downbench_metrics()}
    assert {name: shown[name] for name in FORMULAS} == FORMULAS
