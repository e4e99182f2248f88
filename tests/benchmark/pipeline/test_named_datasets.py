"""Datasets and metrics whose authors forgot something."""

from __future__ import annotations

import hashlib
import sys
from typing import Any

import numpy as np
import pytest

from downbench import Dataset, DatasetInfo, Metric, MetricInfo, UserError, digest_json
from downbench.pipeline.metric_set import make_metric
from downbench.pipeline.named_datasets import make_dataset
from downbench.plugins.registry import Registration

HOUR = np.timedelta64(1, "h")


class Right(Dataset):
    """Everything that a dataset needs."""

    step = time_bin = resampling_block = gap = HOUR
    predictors = ("precipitation",)
    splits = {"test": "all"}  # noqa: RUF012

    def open(self, split: str) -> Any:
        return ()

    def fingerprint(self) -> str:
        return digest_json(self.config.model_dump())


class NoGap(Right):
    """It lacks ``gap`` (and says so when asked for it)."""

    @property
    def gap(self) -> Any:  # type: ignore[override]
        raise AttributeError("gap")


class NoStep(Right):
    step = None  # type: ignore[assignment]


class OtherSplits(Right):
    splits = {"training": "2001", "test": "2003"}  # noqa: RUF012


class NoFingerprint(Right):
    def fingerprint(self) -> Any:
        return None


class Constant(Right):
    def fingerprint(self) -> str:
        return hashlib.sha256(b"mine, version 1").hexdigest()


class Raises(Right):
    def fingerprint(self) -> str:
        raise FileNotFoundError("rain.nc")


class Odd(Metric):
    direction = "up"  # type: ignore[assignment]

    def statistics(self, chunk: Any) -> Any:
        return {}

    def value(self, totals: Any) -> float:
        return 0.0


def registered(kind: type) -> Registration:
    info = MetricInfo if issubclass(kind, Metric) else DatasetInfo
    return Registration(info(name="mine", target=f"{__name__}:{kind.__name__}"), "downbench", "1")


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])


def test_a_whole_dataset_is_made() -> None:
    assert make_dataset(registered(Right), {}, None).fingerprint() == digest_json({})


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (NoGap, "its gap is missing; set it to a numpy.timedelta64"),
        (NoStep, "its step is None; set it to a numpy.timedelta64"),
        (OtherSplits, "names a split 'training'; call its splits train, validation, test"),
        (NoFingerprint, "fingerprint.. returned None; return a digest"),
        (Constant, "whatever the content is"),
        (Raises, r"dataset 'mine' failed: FileNotFoundError: rain\.nc"),
    ],
)
def test_what_a_dataset_lacks_is_named_with_its_file(kind: type, said: str) -> None:
    with pytest.raises(UserError, match=rf"(?s)dataset 'mine'.*{said}|{said}") as caught:
        make_dataset(registered(kind), {}, None)
    assert "test_named_datasets.py:" in str(caught.value)


def test_a_direction_that_is_not_one() -> None:
    with pytest.raises(UserError, match=r"(?s)test_named_datasets\.py:\d+.*'up'; the directions are lower"):
        make_metric(registered(Odd))


def test_something_else_than_a_metric() -> None:
    with pytest.raises(UserError, match=r"not a subclass of downbench\.Metric \(.*test_named_datasets"):
        make_metric(registered(Right))
