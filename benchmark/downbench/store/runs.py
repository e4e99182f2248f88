"""Reading run directories: the index that a table or a leaderboard is made from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from downbench.store.run_directory import SCHEMA_VERSION


@dataclass(frozen=True)
class RunRecord:
    """One scored or failed run.

    Args:
        directory: its score directory, or that of the fit when it failed.
        run: content of ``run.json`` (or ``failed.json``); None when it cannot be read.
        reason: why ``run`` is None.
    """

    directory: Path
    run: dict[str, Any] | None
    reason: str = ""

    def examples(self) -> xr.Dataset | None:
        """Example frames ``coarse``, ``truth`` and ``members`` in mm/h, if they were kept."""
        path = self.directory / "examples.zarr"
        if not path.is_dir():
            return None
        return xr.open_zarr(path, consolidated=False, chunks=None).load()


def find_runs(root: Path) -> list[RunRecord]:
    """All scored and failed runs below ``root``, in order of their paths; damaged ones with the reason."""
    scored = sorted(root.glob("*/*/*/samples/*/scores/*/run.json"))
    failed = sorted(root.glob("*/*/*/failed.json"))
    return [_read(path) for path in (*scored, *failed) if not any(_hidden(p) for p in path.parts)]


def _hidden(part: str) -> bool:
    return ".damaged-" in part or part.endswith(".tmp")


def _read(path: Path) -> RunRecord:
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        if run["schema_version"] != SCHEMA_VERSION:
            return RunRecord(path.parent, None, f"{path.name} has schema version {run['schema_version']}")
        run["status"], run["method"]["name"], run["dataset"]["label"]
    except (ValueError, KeyError, TypeError, OSError) as error:
        return RunRecord(path.parent, None, f"{path.name} is damaged: {error!r}")
    return RunRecord(path.parent, run)
