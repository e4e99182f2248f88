"""A dataset that is checked: made, and opened once for all checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.dataset import SPLITS, Dataset, FieldSequence
from downbench.contracts.open_split import open_split
from downbench.files import digest_json
from downbench.guard import defined_at
from downbench.pipeline.named_datasets import make_dataset
from downbench.plugins.registry import Registration

FRAMES = 12  # that are looked at in a sequence, spread over it


@dataclass(eq=False)
class DatasetAtWork:
    """A registered dataset with its settings.

    Args:
        entry: its registration.
        settings: parameters that differ from their defaults.
        root: of the data, or None.
        folder: an empty one for changed copies of the data.
    """

    entry: Registration
    settings: Mapping[str, Any]
    root: Path | None
    folder: Path
    _opened: dict[str, tuple[FieldSequence, ...]] = field(default_factory=dict)

    @cached_property
    def code(self) -> Any:
        """Its class."""
        return self.entry.load()

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset."""
        return self.made()

    def made(self, root: Path | None = None, **settings: Any) -> Dataset:
        """The dataset once more, with another root or other settings.

        Raises:
            UserError: it cannot be made so.
        """
        return make_dataset(self.entry, {**self.settings, **settings}, root or self.root)

    @property
    def at(self) -> str:
        """Where ``open`` is defined."""
        return defined_at(type(self.dataset).open)

    @property
    def at_fingerprint(self) -> str:
        """Where ``fingerprint`` is defined."""
        return defined_at(type(self.dataset).fingerprint)

    def opened(self, split: str) -> tuple[FieldSequence, ...]:
        """A split, opened once."""
        if split not in self._opened:
            self._opened[split] = open_split(self.dataset, split)
        return self._opened[split]

    def sequences(self) -> Iterator[tuple[str, FieldSequence]]:
        """Every split and sequence."""
        for split in SPLITS:
            for sequence in self.opened(split):
                yield split, sequence


def chosen_frames(count: int, most: int = FRAMES) -> NDArray[np.int_]:
    """Some frames of a sequence, spread over it, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int)) if count else np.arange(0)


def content_of(dataset: Dataset) -> str:
    """A digest of a few frames of each split, and of all times."""
    parts: list[object] = [dataset.factor, dataset.time_factor]
    for split in SPLITS:
        for sequence in open_split(dataset, split):
            frames = chosen_frames(len(sequence.times), 6)
            fine = sequence.fine.isel(time=frames).to_numpy()
            parts += [split, sequence.name, list(fine.shape), fine.tobytes().hex()]
            parts += [str(sequence.times[0]) if len(sequence.times) else "", len(sequence.times)]
            rain = sequence.coarse["precipitation"]
            parts.append(rain.isel(time=chosen_frames(rain.sizes["time"], 6)).to_numpy().tobytes().hex())
    return digest_json(parts)
