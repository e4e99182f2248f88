"""Data that make every result worthless are refused before a run, with their line; sound data are not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from folders import PLUGINS

from downbench import UserError
from downbench.pipeline.named_datasets import make_dataset
from downbench.pipeline.sound_data import refuse_unsound
from downbench.plugins.session import configure, registry


@pytest.fixture(scope="module", autouse=True)
def planted() -> Iterator[None]:
    configure((PLUGINS / "faulty" / "mistaken_datasets.py",))
    yield
    configure()


def test_sound_data_are_accepted() -> None:
    entry = registry().find("dataset", "good")
    refuse_unsound(make_dataset(entry, {}, None), entry)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("equalsplits", "its splits share frames"),
        ("relabelledsplits", "its splits share frames"),
        ("overlapping", "its splits share frames"),
        ("toolarge", "are in different units"),
        ("flippedrows", "y is flipped"),
    ],
)
def test_unsound_data_are_refused_with_the_place(name: str, said: str) -> None:
    entry = registry().find("dataset", name)
    with pytest.raises(UserError, match=rf"(?s)({said}).*mistaken_datasets\.py:\d+"):
        refuse_unsound(make_dataset(entry, {}, None), entry)
