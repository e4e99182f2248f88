"""Mistakes that authors of methods make, planted one by one: each is found by the check meant for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from folders import PLUGINS

from downbench.plugins.session import configure, registry
from downbench.testing.check import Report, carry_out
from downbench.testing.methods.at_work import MethodAtWork
from downbench.testing.methods.checks import METHOD_CHECKS
from downbench.testing.methods.elsewhere import FreshProcess
from downbench.testing.methods.kept import restored

FILE = PLUGINS / "faulty" / "mistaken_methods.py"
RIGHT = ("good", "turned", "talks")
FOUND_BY = {
    "swapped": "place",
    "flipped": "place",
    "shifted": "place",
    "otherdims": "dims",
    "kgpersecond": "units",
    "perday": "units",
    "kgattribute": "yields",
    "numpy": "yields",
    "torch": "yields",
    "half": "times",
    "toomany": "times",
    "missing": "finite",
    "dryismissing": "dry-input",
    "negative": "negative-rain",
    "unkeyed": "same-seed",
    "ownseed": "other-tile",
    "seedsall": "global-generators",
    "fixedseed": "other-seed",
    "onemember": "members",
    "writesinput": "input-left-alone",
    "writestraining": "input-left-alone",
    "fitraises": "fits",
    "othersignature": "fits",
    "raiseshalfway": "yields",
    "notime": "times",
    "latetime": "times",
    "othercells": "coordinates",
    "nextframe": "future",
    "framebefore": "past",
    "returns": "yields",
    "returnsnone": "yields",
    "pickles": "no-pickle",
    "picklesobjects": "no-pickle",
    "identical": "members-differ",
    "zero": "rain-at-all",
    "fixedsize": "any-size",
    "peeksaround": "truth-shuffled",
    "ranks": "member-groups",
    "openstruth": "truth-sealed",
    "bigonly": "presets",
}


@pytest.fixture(scope="module", autouse=True)
def planted() -> Iterator[None]:
    configure((FILE,))
    yield
    configure()


def report_on(name: str, folder: Path) -> Report:
    """All checks but that in another process."""
    entry = registry().find("method", name)
    code = entry.load()
    work = MethodAtWork(entry.info, code, code.Config(), folder)  # type: ignore[arg-type]
    return Report("method", name, "", carry_out(METHOD_CHECKS, work, str(FILE)))


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_accepted(name: str, tmp_path: Path) -> None:
    assert report_on(name, tmp_path).ok, report_on(name, tmp_path).text()


@pytest.mark.parametrize(("name", "check"), FOUND_BY.items())
def test_a_mistake_is_found_by_its_check_with_place_and_remedy(name: str, check: str, tmp_path: Path) -> None:
    failures = {failure.check: failure for failure in report_on(name, tmp_path).failures}
    assert check in failures
    assert "mistaken_methods.py:" in failures[check].at + failures[check].message
    assert failures[check].hint


def test_what_fit_learned_and_save_forgot_is_missed_in_a_fresh_process(tmp_path: Path) -> None:
    entry = registry().find("method", "forgetsfit")
    code = entry.load()
    with FreshProcess() as process:
        work = MethodAtWork(
            entry.info,  # type: ignore[arg-type]
            code,
            code.Config(),
            tmp_path,
            lambda model: process.sample(entry.full_name, model),
        )
        [result] = carry_out([restored], work, "")
    assert result.status == "failed"
    assert "'ForgetsFit' object has no attribute 'scale'" in result.message
    assert "mistaken_methods.py:" in result.at
    assert "save() must write it and load() must restore it" in result.hint


def test_every_planted_mistake_is_listed() -> None:
    names = {entry.info.name for entry in registry().entries("method") if entry.file is not None}
    assert names == {*RIGHT, *FOUND_BY, "forgetsfit"}


def test_the_made_up_rain_is_not_symmetric() -> None:
    """Else rows and columns could be taken for each other."""
    from downbench.testing.rain import SQUARE, moving_rain

    rain = moving_rain(7, 2, SQUARE).coarse["precipitation"].to_numpy()[:, 0]
    assert np.corrcoef(rain.ravel(), rain.swapaxes(1, 2).ravel())[0, 1] < 0.5
