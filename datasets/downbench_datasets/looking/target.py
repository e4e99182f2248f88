"""What a user names to ``bench data``: a dataset, a card, or a file; as a record and as a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from downbench import Dataset, UserError, build_config, open_dataset
from downbench_datasets.reading.open_record import open_record
from downbench_datasets.reading.record import RainRecord
from downbench_datasets.reading.settings import ReadingConfig


@dataclass(frozen=True)
class Target:
    """Data that are looked at.

    Args:
        name: of the dataset, or of its card.
        root: file or folder, where there is one.
        settings: parameters that differ from their defaults.
    """

    name: str
    root: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What the user named."""
        return str(self.root) if self.name == "files" and self.root is not None else self.name

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset.

        Raises:
            UserError: there is none, or it cannot be read.
        """
        return open_dataset(self.name, self.root, self.settings)

    @cached_property
    def record(self) -> RainRecord | None:
        """The whole record as ``files`` reads it; None for datasets that are read otherwise.

        Raises:
            UserError: it cannot be read.
        """
        if self.name == "files" and self.root is not None:
            reading = {
                key: value for key, value in self.settings.items() if key in ReadingConfig.model_fields
            }
            config: Any = build_config("files", ReadingConfig, {}, None, reading)
            return open_record(self.root, config)
        path, config = getattr(self.dataset, "read_from", None), self.dataset.config
        return open_record(path, config) if path is not None and isinstance(config, ReadingConfig) else None


def target_of(text: str, root: Path | None, settings: Mapping[str, Any]) -> Target:
    """What a text names: a path of data, the path of a card, or a dataset.

    Raises:
        UserError: a path and a data root at once.
    """
    path = Path(text)
    if path.suffix.lower() in (".yaml", ".yml") or not path.exists():
        return Target(text, root, settings)
    if root is not None:
        raise UserError(f"{text} is a path already", "leave out --data-root")
    return Target("files", path, settings)
