"""What was made of records before, in the cache folder: quick to read again, and nothing depends on it.

Each file is JSON under the digest of what it was made from, arrays in base64; what many runs say alike, of
their metrics and data, stands there once. A file that is missing or damaged is made anew.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench import atomic_file, cache_folder, digest_json
from downbench_leaderboard.maps.moment import Moment
from downbench_leaderboard.records.cards import CurveCard
from downbench_leaderboard.records.schema import Run
from downbench_leaderboard.records.scores import Scores

_SHARED = {"metrics", "dataset"}
_ARRAYS = {"words": np.int32, "figures": np.float64, "whys": np.int32}
_WIDTHS = {"words": 5, "figures": 6, "whys": 2}


def kept_run(key: str) -> tuple[Run, tuple[str, ...]] | None:
    """A run and its marks, as :func:`keep_run` kept them."""
    try:
        content = json.loads(_path(key).read_bytes())
        shared = _kept_shared(content["shared"])
        run = Run.model_validate({"dataset": {"name": ""}, **content["run"]})
        curves = {name: CurveCard.model_construct(**curve) for name, curve in content["curves"].items()}
        own = {"scores": _as_scores(content["scores"]), "curves": curves, **shared}
        return run.model_copy(update=own), tuple(content["marks"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def keep_run(key: str, run: Run, marks: tuple[str, ...]) -> None:
    """Keep a run for the next time; without room it is read anew then."""
    dumped = run.model_dump(mode="json", exclude={"scores"})
    shared = {name: dumped.pop(name) for name in sorted(_SHARED)}
    curves = dumped.pop("curves")  # many numbers, which need no second check
    packed = {name: b64encode(getattr(run.scores, name).tobytes()).decode() for name in _ARRAYS}
    scores = {"names": run.scores.names, "reasons": run.scores.reasons, **packed}
    digest = digest_json(shared)
    if not _path(digest).is_file():
        _write(digest, shared)
    _write(key, {"marks": marks, "shared": digest, "run": dumped, "curves": curves, "scores": scores})


def kept_moment(key: str) -> Moment | None:
    """What :func:`keep_moment` kept."""
    try:
        return Moment(**json.loads(_path(key).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def keep_moment(key: str, moment: Moment) -> None:
    """Keep a moment for the next time."""
    _write(key, asdict(moment))


@lru_cache(maxsize=64)
def _kept_shared(digest: str) -> dict[str, Any]:
    """Cards of metrics and data: one object for all runs that share them."""
    content = json.loads(_path(digest).read_bytes())
    if digest_json(content) != digest:
        raise ValueError("it is damaged")
    run = Run.model_validate({"status": "failed", "method": {"name": ""}, **content})
    return {"metrics": run.metrics, "dataset": run.dataset}


def _as_scores(packed: dict[str, Any]) -> Scores:
    arrays: dict[str, NDArray[Any]] = {
        name: np.frombuffer(b64decode(packed[name]), kind).reshape(-1, _WIDTHS[name])
        for name, kind in _ARRAYS.items()
    }
    return Scores(tuple(packed["names"]), reasons=tuple(packed["reasons"]), **arrays)


def _write(key: str, content: dict[str, Any]) -> None:
    try:
        with atomic_file(_path(key)) as path:
            path.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
    except OSError:
        return


def _path(key: str) -> Path:
    return cache_folder() / "leaderboard" / f"{key}.json"
