"""``downbench.verify``: a run's metrics along an independent path, as a table."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from downbench.api.opened import Run, stored_of
from downbench.api.showing import Shown
from downbench.errors import DownbenchWarning
from downbench.verification import verify as verification

_SHOWN = ("metric", "component", "ours", "theirs", "difference", "tolerance", "ok")


class Verification(Shown):
    """What came of it.

    Args:
        result: as ``bench verify --json`` prints it.
    """

    def __init__(self, result: Mapping[str, Any]) -> None:
        self.result = result

    @property
    def ok(self) -> bool:
        """Whether no difference is larger than its tolerance."""
        return bool(self.result["ok"])

    @property
    def title(self) -> str:
        """Whether it is right."""
        return f"downbench verification: {'all agree' if self.ok else 'BEYOND TOLERANCE'}"

    @property
    def table(self) -> pd.DataFrame:
        """A row for each metric and component; ``ok`` is None where nothing could be compared."""
        return pd.DataFrame(self.result["rows"])

    def facts(self) -> Mapping[str, Any]:
        """Which frames were worked out twice."""
        result = self.result
        return {
            "directory": result["directory"],
            "frames": f"{result['frames']} of {result['sequence']!r} from {result['first']}",
            "members": result["members"],
        }

    def shown(self) -> pd.DataFrame:
        """What could be compared."""
        table = self.table
        return table[table["ok"].notna()][list(_SHOWN)].reset_index(drop=True)


def verify(
    run: Run | str | os.PathLike[str], frames: int = 4, data_root: str | os.PathLike[str] | None = None
) -> Verification:
    """Work a few frames of a run out twice, by the suite and by other libraries, as ``bench verify`` does.

    Args:
        run: opened, or its directory.
        frames: consecutive frames.
        data_root: where the data stand now, if they were moved.

    Raises:
        UserError: the dataset has changed, or too few frames were asked for.
        DamagedData: something that the run left is not what was written.
    """
    root = None if data_root is None else Path(data_root)
    return Verification(verification.verify(stored_of(run), frames, root, _warn))


def _warn(text: str) -> None:
    warnings.warn(text, DownbenchWarning, stacklevel=3)
