"""All checks of datasets, in order, and how they are carried out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from downbench.files import scratch_folder
from downbench.guard import defined_at
from downbench.plugins.registry import Registration
from downbench.testing.check import Check, Report, carry_out
from downbench.testing.datasets import fingerprints, opening, splits
from downbench.testing.datasets.at_work import DatasetAtWork

DATASET_CHECKS: tuple[Check[DatasetAtWork], ...] = (*opening.CHECKS, *splits.CHECKS, *fingerprints.CHECKS)


def report_on_dataset(
    entry: Registration, root: Path | None = None, settings: Mapping[str, Any] | None = None
) -> Report:
    """Check a registered dataset.

    Args:
        entry: its registration.
        root: of the data, where it needs some.
        settings: parameters that differ from their defaults.
    """
    at = defined_at(entry.load())
    with scratch_folder("check") as folder:
        dataset = DatasetAtWork(entry, settings or {}, root, folder)
        return Report("dataset", entry.info.name, at, carry_out(DATASET_CHECKS, dataset, at))
