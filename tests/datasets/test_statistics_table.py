"""The table of statistics holds the stand-in beside real rain, in the order of the bands."""

from __future__ import annotations

import numpy as np
import pytest

from downbench_datasets import statistics_table
from downbench_datasets.shared.statistics import rain_statistics
from downbench_datasets.standin.blocks import Parameters, fields


def test_a_row_for_each_band_with_the_values_of_the_statistics(monkeypatch):
    small = Parameters(size=32, days=4)
    monkeypatch.setattr(statistics_table, "Parameters", lambda: small)
    lines = statistics_table.table([]).splitlines()
    assert lines[0] == "| statistic | band | stand-in |"
    want = rain_statistics(fields(small, 0, 32)[1].to_numpy())
    for line, (name, band) in zip(lines[2:], statistics_table.BANDS.items(), strict=True):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells[:2] == [name, band]
        assert float(cells[2]) == pytest.approx(want[name], rel=5e-3, nan_ok=True) or not np.isfinite(
            want[name]
        )
