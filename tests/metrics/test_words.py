"""Every metric is explained in plain words."""

from __future__ import annotations

import re

from downbench_metrics import downbench_metrics
from downbench_metrics.words import WORDS


def test_every_metric_says_what_it_means_and_how_it_misleads() -> None:
    infos = {info.name: info for info in downbench_metrics()}
    assert infos.keys() == WORDS.keys()
    for info in infos.values():
        assert len({info.plain, info.pitfall}) == 2
        assert all(re.fullmatch(r"[A-Z].{30,240}[.?]", text) for text in (info.plain, info.pitfall)), (
            info.name
        )
