"""Runs of the method that costs nothing, each in a process of its own: what their stages cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PLUGIN = Path(__file__).parent / "free_plugin.py"


def bench(*arguments: str) -> Any:
    """What a command of the suite prints as JSON, with one thread."""
    call = [sys.executable, "-m", "downbench", *arguments, "--plugin", str(PLUGIN), "--json"]
    one = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    out = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | one).stdout
    return json.loads(out)


def record(
    runs: Path,
    *,
    frames: int,
    tiles: int,
    members: int,
    size: int,
    keep: str,
    metrics: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The record of a run over so much, and its ``directory``; without metrics, of the standard set."""
    sizes = {"frames": frames, "tiles": tiles, "size": size}
    sets = [part for key, value in sizes.items() for part in ("--set", f"simulated.{key}={value}")]
    chosen = [part for metric in metrics for part in ("--metric", metric)]
    common = ["--no-controls", "--no-isolate", "--members", str(members), "--keep", keep]
    bench("run", "-m", "free", "-d", "simulated", "--runs", str(runs), *sets, *chosen, *common)
    [path] = runs.rglob("run.json")
    return {**json.loads(path.read_text()), "directory": str(path.parent)}
