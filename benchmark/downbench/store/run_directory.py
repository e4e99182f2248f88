"""Run directories: where a stage's results stand, and whether they are whole.

``runs/<dataset>/<method>/<fit key>/samples/<sample key>/scores/<score key>/``; each stage's JSON is written
last, so its presence says that the stage is finished.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from downbench.errors import DownbenchWarning
from downbench.store.keys import SHOWN

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class RunDirectory:
    """Paths of one run."""

    root: Path
    dataset: str
    method: str
    fit_key: str
    sample_key: str
    score_key: str

    @property
    def fit(self) -> Path:
        """Directory of the fit."""
        return self.root / self.dataset / self.method / self.fit_key[:SHOWN]

    @property
    def model(self) -> Path:
        """What the method saved."""
        return self.fit / "model"

    @property
    def checkpoints(self) -> Path:
        """For the method while it is fitted; gone when the fit is finished."""
        return self.fit / "checkpoints"

    @property
    def sample(self) -> Path:
        """Directory of the ensemble."""
        return self.fit / "samples" / self.sample_key[:SHOWN]

    @property
    def predictions(self) -> Path:
        """The ensemble, zarr."""
        return self.sample / "predictions.zarr"

    @property
    def score(self) -> Path:
        """Directory of the scores."""
        return self.sample / "scores" / self.score_key[:SHOWN]

    @property
    def failure(self) -> Path:
        """Why the last attempt failed; never consulted by a later attempt."""
        return self.fit / "failed.json"


def read_stage(path: Path, *needed: Path, aside: Path | None = None) -> dict[str, Any] | None:
    """Read a finished stage's JSON, or None when the stage is not finished.

    A damaged stage (unreadable JSON, or one of ``needed`` missing) counts as not finished; the JSON, or
    ``aside`` where given, is set aside with a warning: nothing is deleted.
    """
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("not a JSON object")
        if missing := [part.name for part in needed if not part.exists()]:
            raise ValueError(f"{', '.join(missing)} is missing")
    except (ValueError, OSError) as error:
        set_aside(aside or path, f"{path.name}: {error}")
        return None
    return content


def set_aside(path: Path, reason: str) -> None:
    """Rename something damaged, so that it is redone and nothing of it is lost."""
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    path.rename(aside)
    warnings.warn(
        f"{path} is damaged ({reason}); set aside as {aside.name} and redone", DownbenchWarning, stacklevel=3
    )


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Let one process at a time work on a run directory; another waits for its turn."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            warnings.warn(
                f"another process works on {directory}; waiting for it", DownbenchWarning, stacklevel=3
            )
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
