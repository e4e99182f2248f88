"""What is left of a stretch that was sampled, scored and not stored: its statistics, in a file of its own.

The files of a run are the ledger of what is finished: each appears whole or not at all. Added up in one
order, whatever the order in which they came, they give the same sums always.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from downbench.files import atomic_file
from downbench.pipeline.contract_check import Rain
from downbench.scoring.engine import Part
from downbench.scoring.reading import ChunkTask
from downbench.store.record_parts import Device


@dataclass
class Spent:
    """Seconds that sampling and scoring took, on the clock and of the processor."""

    sample_wall: float = 0.0
    sample_cpu: float = 0.0
    score_wall: float = 0.0
    score_cpu: float = 0.0

    def add(self, other: Spent) -> None:
        """Add what another stretch took."""
        for name, seconds in vars(other).items():
            setattr(self, name, getattr(self, name) + seconds)


@contextmanager
def clocked(spent: Spent, stage: Literal["sample", "score"]) -> Iterator[None]:
    """Add what the block takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    spent.add(
        Spent(**{f"{stage}_wall": time.perf_counter() - wall, f"{stage}_cpu": time.process_time() - cpu})
    )


@dataclass(frozen=True)
class Scored:
    """A chunk that was sampled and scored.

    Args:
        part: its statistics.
        rain: what the method returned before it was clipped.
        spent: what it took.
        examples: frame to its members (member, y, x), of the frames that are kept to be looked at.
        device: where it was worked out.
    """

    part: Part
    rain: Rain = field(default_factory=Rain)
    spent: Spent = field(default_factory=Spent)
    examples: Mapping[int, NDArray[np.float32]] = field(default_factory=dict)
    device: Device | None = None


def path_of(folder: Path, chunk: ChunkTask) -> Path:
    """The file of a chunk."""
    return folder / f"{chunk.sequence}-{chunk.tile}-{chunk.start}-{chunk.stop}.npz"


def save(path: Path, scored: Scored) -> None:
    """Write it atomically; numbers and JSON alone, with zip's checksums."""
    part = scored.part
    header = {
        "per": dict(part.per),
        "keys": {metric: dict(keys) for metric, keys in part.keys.items()},
        "failed": dict(part.failed),
        "names": list(part.arrays),
        "examples": list(scored.examples),
        "rain": vars(scored.rain),
        "spent": vars(scored.spent),
        "device": scored.device.model_dump() if scored.device else None,
    }
    arrays: dict[str, NDArray[Any]] = {
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
        "steps": part.steps,
        "bins": part.bins,
        **{f"array{i}": values for i, values in enumerate(part.arrays.values())},
        **{f"example{i}": values for i, values in enumerate(scored.examples.values())},
    }
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load(path: Path) -> Scored:
    """Read what :func:`save` wrote.

    Raises:
        ValueError: it is not what was written.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        header = json.loads(arrays["header"].tobytes())
        part = Part(
            steps=arrays["steps"],
            bins=arrays["bins"],
            arrays={name: arrays[f"array{i}"] for i, name in enumerate(header["names"])},
            per=header["per"],
            keys=header["keys"],
            failed=header["failed"],
        )
        examples = {frame: arrays[f"example{i}"] for i, frame in enumerate(header["examples"])}
        device = Device(**header["device"]) if header["device"] else None
        return Scored(part, Rain(**header["rain"]), Spent(**header["spent"]), examples, device)
    except (OSError, KeyError, TypeError, EOFError, zipfile.BadZipFile, ValueError) as error:
        raise ValueError(f"{path.name} is damaged: {error}") from error
