"""Every built-in method, and those of a third party that keep the contract, pass all checks of methods."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from folders import TOY

from downbench.plugins.registry import Registration
from downbench.plugins.session import configure, registry
from downbench.testing.methods.checks import report_on_method
from downbench.testing.methods.elsewhere import FreshProcess
from downbench_methods.base import network
from downbench_methods.diffusion import method

ON_PURPOSE = {"killed", "broken"}  # toys that break the contract


def entries() -> list[Registration]:
    configure((Path(TOY),))
    every = registry().entries("method")
    configure()
    return [entry for entry in every if entry.info.name not in ON_PURPOSE]


@pytest.fixture(scope="module", autouse=True)
def _fits_of_few_clips() -> Iterator[None]:
    """What a method must keep does not hang on how many clips finish its fit, which take most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        for name, few in {
            "SCALE_CLIPS": 16,
            "MEMORY_CLIPS": 16,
            "SPREAD_CLIPS": 16,
            "REFRESH_FRAMES": 64,
        }.items():
            patch.setattr(method, name, few)
        patch.setattr(network, "LAST_FIT_PIXELS", 200_000)
        yield


@pytest.fixture(scope="module")
def process() -> Iterator[FreshProcess]:
    """One for all methods, since its imports take the longest."""
    configure((Path(TOY),))
    with FreshProcess() as process:
        yield process
    configure()


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.info.name)
def test_it_passes_every_check(entry: Registration, process: FreshProcess) -> None:
    report = report_on_method(entry, process)
    assert report.ok, report.text()
    applied = {result.check for result in report.results if result.status == "ok"}
    assert {"units", "place", "same-seed", "any-start", "restored", "no-pickle", "truth-sealed"} <= applied
