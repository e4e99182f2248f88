"""Datasets and metrics, made from the names that a request has for them."""

from __future__ import annotations

from downbench.contracts.dataset import Dataset
from downbench.errors import UserError
from downbench.files import exists
from downbench.plugins.session import registry
from downbench.run import named_objects
from downbench.run.named_objects import make_metric
from downbench.run.scoring_plan import MetricSet
from downbench.suite.request import DatasetSpec


def make_dataset(spec: DatasetSpec) -> Dataset:
    """Make a dataset from its name, configuration and root.

    Raises:
        UserError: unknown name, bad configuration, no such root.
    """
    entry = registry().find("dataset", spec.name)
    if spec.root is not None and not exists(spec.root):
        raise UserError(f"--data-root {spec.root} does not exist")
    return named_objects.make_dataset(entry, spec.set, spec.root)


def make_metrics(names: list[str] | None) -> MetricSet:
    """The metrics asked for, or the standard set; one that cannot be imported is an error."""
    entries = [e for e in registry().entries("metric") if getattr(e.info, "default", True)]
    chosen = [registry().find("metric", name) for name in names] if names else entries
    if not names:
        for entry in chosen:
            registry().find("metric", entry.info.name)  # a clash of names must be settled first
    loaded = {entry.info.name: make_metric(entry) for entry in chosen}
    return MetricSet({entry.info.name: entry for entry in chosen}, loaded)
