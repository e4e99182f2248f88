"""Datasets made from their registrations, their authors' mistakes named."""

from __future__ import annotations

import dis
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from downbench.contracts.configuration import build_config
from downbench.contracts.dataset import SPLITS, Dataset
from downbench.errors import UserError
from downbench.guard import defined_at, running
from downbench.plugins.registry import Registration
from downbench.plugins.session import registry

_DURATIONS = ("step", "time_bin", "resampling_block", "gap")


def make_dataset(entry: Registration, settings: Mapping[str, Any], root: Path | None) -> Dataset:
    """Make a dataset.

    Args:
        entry: its registration.
        settings: parameters that differ from their defaults.
        root: of the data, or None.

    Raises:
        UserError: a bad parameter, or a mistake in the dataset's code.
    """
    code = entry.load_class(Dataset)  # type: ignore[type-abstract]
    config = build_config(entry.info.name, code.Config, code.presets, None, settings)
    what = f"dataset {entry.info.name!r}"
    with running(what, code, UserError):
        dataset = code(config, root)
        fingerprint: object = dataset.fingerprint()
    mistakes = _mistakes(dataset)
    if not isinstance(fingerprint, str) or not fingerprint:
        mistakes.append(f"fingerprint() returned {fingerprint!r}; return a digest of the content as text")
    elif is_constant(type(dataset)):
        mistakes.append(
            f"fingerprint() returns {fingerprint!r} whatever the content is "
            f"({defined_at(type(dataset).fingerprint)}); digest what the content depends on: "
            "downbench.digest_json(['mine', self.config.model_dump()])"
        )
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
    splits = getattr(dataset, "splits", None)
    if not isinstance(splits, Mapping):
        mistakes.append(f"its splits are {_shown(dataset, 'splits')}; map each split to what it covers")
    elif other := [name for name in splits if name not in SPLITS]:
        mistakes.append(f"it names a split {other[0]!r}; call its splits {', '.join(SPLITS)}")
    return mistakes


_HASHING = {"sha256", "sha1", "md5", "hashlib", "hexdigest", "encode", "digest_json", "str"}


def is_constant(code: type[Dataset]) -> bool:
    """Whether a dataset's fingerprint is plainly a constant: it reads nothing."""
    work = getattr(code.fingerprint, "__code__", None)
    if work is None or work.co_freevars:
        return False
    reads = {one.argval for one in dis.get_instructions(work) if one.opname.startswith("LOAD_FAST")}
    return work.co_varnames[0] not in reads and set(work.co_names) <= _HASHING


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
