"""Rows of tables that were worked out before, in the cache folder; nothing depends on what stands there.

A file is a line of JSON, with the digest of what follows it, and the resampled values as 64-bit floats. Its
name follows from the bytes of the records and tables that it was made from, and of the code that made it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.statistic import Null
from downbench.files import atomic_file, cache_folder, digest_file, digest_json
from downbench.findings.row_scores import RowScores, Seen, present_metrics
from downbench.findings.stored_run import StoredRun
from downbench.scoring.inference.paired import Scored
from downbench.store.run_directory import PARTS, RESAMPLES, RUN
from downbench.version import __version__

_CODE = ("findings", "scoring/inference", "store/resamples.py")  # what a row follows from, besides its files


def key_of_row(directories: Sequence[Path], parts: bool) -> str:
    """Name of what is kept of a row of score directories; empty where one has no record."""
    digests = []
    for directory in directories:
        if not (directory / RUN).is_file():
            return ""
        tables = (RUN, RESAMPLES, PARTS) if parts else (RUN, RESAMPLES)
        digests.append([_digest(directory / name) for name in tables])
    return digest_json([_code(), parts, digests])


def kept_row(key: str, seen: Seen) -> RowScores | None:
    """What :func:`keep_row` kept, if the metrics that are registered here are still the same.

    Args:
        key: of the row.
        seen: metrics that were looked up, to which others are added.
    """
    try:
        with _path(key).open("rb") as file:
            facts = json.loads(file.readline())
            packed = file.read()
        if hashlib.sha256(packed).hexdigest() != facts["sha256"]:
            return None
        arrays = np.frombuffer(packed, np.float64).reshape(-1, facts["resamples"])
        return _unpacked(facts, list(arrays), seen)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def keep_row(key: str, row: RowScores, runs: Sequence[StoredRun]) -> None:
    """Keep a row for the next time, unless its scores came from statistics, whose bytes are in no key.

    Args:
        key: of the row.
        row: worked out.
        runs: of the row.
    """
    scored = row.scored
    if not key or scored is None or not (scored.no_interval or all(map(_has_resamples, runs))):
        return
    arrays: list[NDArray[np.float64]] = []
    facts: dict[str, Any] = {
        "frames": row.frames,
        "cards": [[(c.distribution, n, c.version) for n, c in run.record.metrics.items()] for run in runs],
        "headlines": {name: [m.headline, m.direction] for name, m in row.metrics.items()},
        "values": [
            [name, component, None if isinstance(v, Null) else v, v.reason if isinstance(v, Null) else ""]
            for name, own in scored.values.items()
            for component, v in own.items()
        ],
        "drawn": [
            [name, component, _added(arrays, values)]
            for name, own in scored.drawn.items()
            for component, values in own.items()
        ],
        "parts": [
            [*part, blocks, name, _added(arrays, values)]
            for part, (blocks, draws) in row.parts.items()
            for name, values in draws.items()
        ],
        "facts": [scored.members, scored.blocks, scored.block, scored.n, scored.no_interval],
        "resamples": len(arrays[0]) if arrays else 1,
    }
    if len({len(array) for array in arrays}) > 1:
        return
    packed = b"".join(array.astype(np.float64).tobytes() for array in arrays)
    facts["sha256"] = hashlib.sha256(packed).hexdigest()
    try:
        with atomic_file(_path(key)) as path:
            path.write_bytes(json.dumps(facts, allow_nan=False).encode() + b"\n" + packed)
    except (OSError, ValueError):  # no room, or a value that JSON does not have: worked out anew then
        return


def _has_resamples(run: StoredRun) -> bool:
    """Whether the resampled values are there as they were written, so that nothing is read of statistics."""
    written = run.record.files.get(RESAMPLES)
    return written is not None and _digest(run.directory / RESAMPLES) == written


def _added(arrays: list[NDArray[np.float64]], values: NDArray[np.float64]) -> int:
    arrays.append(values)
    return len(arrays) - 1


def _unpacked(facts: dict[str, Any], arrays: list[NDArray[np.float64]], seen: Seen) -> RowScores | None:
    """The row; None where another metric, or another version of one, is registered by now."""
    metrics = {name: m for cards in facts["cards"] for name, m in present_metrics(cards, seen).items()}
    if {name: [m.headline, m.direction] for name, m in metrics.items()} != facts["headlines"]:
        return None
    values: dict[str, dict[str, float | Null]] = {name: {} for name in metrics}
    for name, component, value, reason in facts["values"]:
        values[name][component] = Null(reason) if value is None else value
    drawn: dict[str, dict[str, NDArray[np.float64]]] = {}
    for name, component, at in facts["drawn"]:
        drawn.setdefault(name, {})[component] = arrays[at]
    parts: dict[tuple[str, str], tuple[int, dict[str, NDArray[np.float64]]]] = {}
    for region, season, blocks, name, at in facts["parts"]:
        parts.setdefault((region, season), (blocks, {}))[1][name] = arrays[at]
    return RowScores(facts["frames"], Scored(values, drawn, *facts["facts"]), metrics, parts)


def _digest(path: Path) -> str:
    try:
        return digest_file(path)
    except OSError:
        return ""


@cache
def _code() -> str:
    """SHA-256 of the code that works rows out."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256(__version__.encode())
    for name in _CODE:
        path = root / name
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            digest.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def _path(key: str) -> Path:
    return cache_folder() / "rows" / key
