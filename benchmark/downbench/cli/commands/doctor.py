"""``bench doctor``: is this installation, and are these runs, in order?"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from downbench.cli.options import Json, Runs
from downbench.plugins.session import registry
from downbench.version import __version__

PACKAGES = ("numpy", "xarray", "zarr", "numba", "torch", "lightning-fabric", "safetensors", "distributed")


EXAMPLES = ("bench doctor --runs runs",)


def doctor(runs: Runs = Path("runs"), json: Json = False) -> tuple[dict[str, Any], int]:
    """Check the installation, the plug-ins and the run directories.

    Every record, model and array of the runs is read and held against its checksum. What killed processes
    left behind is listed. The exit code is 1 if a plug-in is broken or a run directory is damaged.
    """
    from downbench.findings.damage import find_damages, find_leftovers

    loaded = registry()
    for kind in ("method", "metric", "dataset"):
        loaded.entries(kind)
    loaded.commands()
    damages = list(find_damages(runs)) if runs.is_dir() else []
    report: dict[str, Any] = {
        "downbench": __version__,
        "python": sys.version.split()[0],
        "machine": platform.platform(),
        "cpus": os.cpu_count(),
        "free_disk_gb": round(shutil.disk_usage(Path.cwd()).free / 1e9, 1),
        "packages": {name: _version(name) for name in PACKAGES},
        "plugins": [
            {"name": source.name, "distribution": source.distribution, "version": source.version}
            for source in loaded.plugins.values()
        ],
        "broken_plugins": [{"name": b.plugin, "error": b.error, "traceback": b.trace} for b in loaded.broken],
        "clashes": _clashes(),
        "runs": str(runs) if runs.is_dir() else None,
        "damaged_runs": [{"directory": str(d.directory), "reason": d.reason} for d in damages],
        "leftovers": [str(path) for path in find_leftovers(runs)],
    }
    if not json:
        _print(report)
    return report, int(bool(report["broken_plugins"] or report["damaged_runs"]))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _clashes() -> list[str]:
    found = []
    for kind in ("method", "metric", "dataset"):
        names = [entry.info.name for entry in registry().entries(kind)]
        for name in sorted({n for n in names if names.count(n) > 1}):
            owners = [e.full_name for e in registry().entries(kind) if e.info.name == name]
            found.append(f"{kind} {name}: {', '.join(owners)}")
    return found


def _print(report: dict[str, Any]) -> None:
    for key in ("downbench", "python", "machine", "cpus", "free_disk_gb"):
        print(f"{key:16} {report[key]}")
    for name, release in report["packages"].items():
        print(f"{name:16} {release or 'not installed'}")
    print(f"{'runs':16} {report['runs'] or 'none there: name their folder with --runs'}")
    for plugin in report["plugins"]:
        print(f"plug-in          {plugin['name']} {plugin['version']}")
    for broken in report["broken_plugins"]:
        print(f"BROKEN           {broken['name']}\n{broken['traceback']}")
    for clash in report["clashes"]:
        print(f"NAME CLASH       {clash}")
    for run in report["damaged_runs"]:
        print(f"DAMAGED RUN      {run['directory']}: {run['reason']}")
    for path in report["leftovers"]:
        print(f"LEFT OVER        {path}: of a process that was killed; the next command there removes it")
    if not report["broken_plugins"] and not report["damaged_runs"]:
        print("Everything is in order.")
