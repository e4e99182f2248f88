"""Datasets and metrics made from their registrations, their authors' mistakes named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from downbench.contracts.configuration import build_config
from downbench.contracts.dataset import Dataset
from downbench.contracts.metric import Metric
from downbench.errors import UserError
from downbench.guard import defined_at, running
from downbench.plugins.registry import Registration
from downbench.plugins.session import registry

_DURATIONS = ("step", "time_bin", "resampling_block", "gap")
_DIRECTIONS = ("lower", "higher", "zero", "none")
_NEEDS = ("ensemble", "deterministic")


def make_dataset(entry: Registration, settings: Mapping[str, Any], root: Path | None) -> Dataset:
    """Make a dataset.

    Args:
        entry: its registration.
        settings: parameters that differ from their defaults.
        root: of the data, or None.

    Raises:
        UserError: a bad parameter, or a mistake in the dataset's code.
    """
    code = entry.load()
    if not (isinstance(code, type) and issubclass(code, Dataset)):
        raise UserError(f"{entry.info.target} is not a subclass of downbench.Dataset ({defined_at(code)})")
    config = build_config(entry.info.name, code.Config, code.presets, None, settings)
    what = f"dataset {entry.info.name!r}"
    with running(what, code, UserError):
        dataset = code(config, root)
        fingerprint: object = dataset.fingerprint()
    mistakes = _mistakes(dataset)
    if not isinstance(fingerprint, str) or not fingerprint:
        mistakes.append(f"fingerprint() returned {fingerprint!r}; return a digest of the content as text")
    if mistakes:
        raise UserError(f"{what} is not right ({defined_at(code)})", "\n  ".join(mistakes))
    return dataset


def _mistakes(dataset: Dataset) -> list[str]:
    """What is wrong with a dataset's attributes."""
    mistakes = [
        f"its {name} is {_shown(dataset, name)}; set it to a numpy.timedelta64 above zero"
        for name in _DURATIONS
        if (name, getattr(dataset, name, 0)) != ("resampling_block", None)
        and not _is_duration(getattr(dataset, name, None), least=0 if name == "gap" else 1)
    ]
    factor = getattr(dataset, "factor", None)
    if not isinstance(factor, int | np.integer) or factor < 1:
        mistakes.append(f"its factor is {factor!r}; set it to the number of fine cells along a coarse one")
    predictors = getattr(dataset, "predictors", None)
    if not isinstance(predictors, tuple | list) or "precipitation" not in predictors:
        mistakes.append(f"its predictors are {_shown(dataset, 'predictors')}; name 'precipitation' first")
    if not isinstance(getattr(dataset, "splits", None), Mapping):
        mistakes.append(f"its splits are {_shown(dataset, 'splits')}; map each split to what it covers")
    return mistakes


def _is_duration(value: object, least: int) -> bool:
    return isinstance(value, np.timedelta64) and bool(value / np.timedelta64(1, "s") >= least)


def _shown(thing: object, name: str) -> str:
    return repr(getattr(thing, name)) if hasattr(thing, name) else "missing"


def full_name_of(dataset: Dataset) -> str:
    """``distribution:name`` of a dataset, so that another process makes the same."""
    entries = [entry for entry in registry().entries("dataset") if entry.info.name == dataset.name]
    names = [entry.full_name for entry in entries if isinstance(dataset, entry.load())]
    return [*names, dataset.name][0]


def card_of(dataset: Dataset) -> str:
    """Path of the card that the user named for a dataset; empty where there is none."""
    entries = [entry for entry in registry().entries("dataset") if entry.given_as]
    return next((entry.given_as for entry in entries if isinstance(dataset, entry.load())), "")


def make_metric(entry: Registration) -> Metric:
    """Make a metric.

    Raises:
        UserError: a mistake in the metric's code.
    """
    code = entry.load()
    if not (isinstance(code, type) and issubclass(code, Metric)):
        raise UserError(f"{entry.info.target} is not a subclass of downbench.Metric ({defined_at(code)})")
    what = f"metric {entry.info.name!r}"
    with running(what, code, UserError):
        metric: Metric = code()
    mistakes = []
    if metric.direction not in _DIRECTIONS:
        mistakes.append(f"its direction is {metric.direction!r}; the directions are {', '.join(_DIRECTIONS)}")
    if metric.needs not in _NEEDS:
        mistakes.append(f"its needs are {metric.needs!r}; write one of {', '.join(_NEEDS)}")
    if not isinstance(metric.past, int) or metric.past < 0:
        mistakes.append(f"its past is {metric.past!r}; give the number of frames that it looks back")
    if mistakes:
        raise UserError(f"{what} is not right ({defined_at(code)})", "\n  ".join(mistakes))
    return metric
