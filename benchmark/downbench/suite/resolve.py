"""Datasets, made from the names that a request has for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from downbench.contracts.dataset import Dataset
from downbench.files import exists
from downbench.missing import no_such
from downbench.pipeline import named_datasets
from downbench.plugins.session import registry
from downbench.suite.request import DatasetSpec


def make_dataset(spec: DatasetSpec) -> Dataset:
    """Make a dataset from its name, configuration and root.

    Raises:
        UserError: unknown name, bad configuration, no such root.
    """
    entry = registry().find("dataset", spec.name)
    if spec.root is not None and not exists(spec.root):
        raise no_such(spec.root, "--data-root")
    return named_datasets.make_dataset(entry, spec.set, spec.root)


def open_dataset(
    name: str, root: str | Path | None = None, settings: Mapping[str, Any] | None = None
) -> Dataset:
    """Open a dataset for work of your own: ``open_dataset("files", "rain.nc", {"factor": 4})``.

    Args:
        name: of a registered dataset, or the path of a card.
        root: file or folder of the data, where the dataset needs one.
        settings: parameters that differ from their defaults.

    Raises:
        UserError: unknown name, bad settings, no such root, or data that cannot be read.
    """
    where = None if root is None else Path(root)
    return make_dataset(DatasetSpec(name=name, root=where, set=dict(settings or {})))
