"""Times of bins, from chunks in any order."""

from __future__ import annotations

import numpy as np
from daily_world import DailyWorld, hourly
from scoring_metrics import by_name

from downbench.scoring.inference.values import totals
from downbench_metrics.climate.change import ChangeError
from downbench_metrics.shared.when import bin_times


def test_starts_of_bins_and_numbers_of_sequences():
    fields = np.ones((2, 20, 2, 2), np.float32)
    world = DailyWorld(
        {
            "a": (hourly("2015-03-01T09:00", 20, 3), fields, fields[None]),
            "b": (hourly("2015-01-01T00:00", 20, 3), fields, fields[None]),
        },
        hours=3,
    )
    start, sequence = bin_times(totals(world.statistics(by_name(ChangeError), length=3), "change-error"))
    days = [*(f"2015-03-0{d}" for d in (1, 2, 3)), *(f"2015-01-0{d}" for d in (1, 2, 3))]
    assert start.astype("datetime64[s]").astype("datetime64[D]").astype(str).tolist() == days
    assert sequence.tolist() == [1, 1, 1, 2, 2, 2]
