"""Every real sequence of a folder, scored with bicubic and a toy ensemble: does the suite read and score it?

    python tests/performance/real_files.py ../shared/data [name ...]

Prints a Markdown table, with reasons for what is null below it. Zip files hold zarr layouts, each a folder. A
file that the suite refuses stands there with its message. `bench verify` works the toy's scores out a second
time. Each file takes 10 to 60 seconds of CPU.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import zarr

PLUGIN = Path(__file__).parents[1] / "plugins" / "multiplied.py"
METHODS = ("bicubic", "multiplied")
COLUMNS = {
    "CRPS bicubic": ("bicubic", "crps", ""),
    "CRPS toy": ("multiplied", "crps", ""),
    "PSD bicubic, dB": ("bicubic", "psd", "all wavelengths"),
    "PSD toy, dB": ("multiplied", "psd", "all wavelengths"),
    "p99 bicubic": ("bicubic", "quantiles", "p99 signed"),
    "p99 toy": ("multiplied", "quantiles", "p99 signed"),
    "coverage toy": ("multiplied", "coverage", ""),
}


def sources(folder: Path, scratch: Path) -> Iterator[tuple[str, str, Path]]:
    """Name, dataset and root of everything in a folder that may be a sequence."""
    for path in sorted(folder.iterdir()):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as content:
                content.extractall(scratch / path.stem)
            for layout in sorted(p for p in (scratch / path.stem).iterdir() if p.is_dir()):
                yield f"{path.name}: {layout.name}", "xshield", layout
        elif path.suffix == ".nc" and not path.name.startswith("static"):
            yield path.name, "files", path


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with the toy ensemble at hand."""
    command = [sys.executable, "-m", "downbench.cli.main", *arguments, "--plugin", str(PLUGIN), "--json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)


def verify(directory: str, root: Path) -> str:
    """How many values agree with those of the independent path."""
    rows = json.loads(bench("verify", directory, "--data-root", str(root)).stdout)["rows"]
    compared = [row for row in rows if row["ok"] is not None]
    beyond = [f"{row['metric']} {row['component']}" for row in compared if not row["ok"]]
    return f"{len(compared)} values agree" if not beyond else f"beyond tolerance: {', '.join(beyond)}"


def score(dataset: str, root: Path, runs: Path) -> dict[str, Any]:
    """Outcomes by method, or the message of an error."""
    command = ["run", "-d", dataset, "--data-root", str(root), "--runs", str(runs)]
    command += [part for method in METHODS for part in ("-m", method)]
    done = bench(*command, "--members", "4", "--no-controls")
    if done.returncode not in (0, 1):
        return {"error": done.stderr.strip()[-300:]}
    return {run["method"]: run for run in json.loads(done.stdout)["runs"]}


def facts(run: dict[str, Any], runs: Path) -> tuple[dict[str, Any], dict[tuple[str, str], dict[str, Any]]]:
    """Content of ``run.json``, and its scores over the whole domain and time."""
    content = json.loads((runs / Path(run["directory"]).relative_to(runs) / "run.json").read_text())
    rows = [row for row in content["scores"] if row["region"] == row["season"] == "all"]
    return content, {(row["metric"], row["component"]): row for row in rows}


def main(folder: Path, names: list[str]) -> None:
    """Print the table."""
    print(
        "| sequence | scored: frames x tiles x cells | valid | " + " | ".join(COLUMNS) + " | `bench verify` |"
    )
    print("|---|" + "---|" * (len(COLUMNS) + 3))
    notes: list[str] = []
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as scratch:
        for number, (name, dataset, root) in enumerate(sources(folder, Path(scratch))):
            if names and not any(part in name for part in names):
                continue
            runs = Path(scratch) / f"runs{number}"
            outcome = score(dataset, root, runs)
            failed = outcome.get("error") or [r["reason"] for r in outcome.values() if r["reason"]]
            if failed:
                print(f"| {name} | refused: {' '.join(str(failed).split())} |")
                continue
            found = {method: facts(run, runs) for method, run in outcome.items()}
            cells = [_cell(found[method][1], metric, part) for method, metric, part in COLUMNS.values()]
            shape, valid = _scored(runs)
            print(f"| {name} | {shape} | {valid:.0%} | ", end="")
            print(" | ".join(cells) + f" | {verify(outcome['multiplied']['directory'], root)} |", flush=True)
            notes.append(f"* {name}: " + _nulls(found["multiplied"][1]))
    print("\nNull for the toy ensemble, without what an ensemble lacks anywhere:\n")
    print("\n".join(notes))


def _cell(rows: dict[tuple[str, str], dict[str, Any]], metric: str, component: str) -> str:
    row = rows.get((metric, component)) or rows.get((metric, ""))
    return "null" if row is None or row["value"] is None else f"{row['value']:.3g}"


def _scored(runs: Path) -> tuple[str, float]:
    """Size of what is scored, and the share of it that is valid."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zarr, on a file of ours beside the arrays
        group = zarr.open_group(next(runs.rglob("predictions.zarr")), mode="r")
        members = [np.asarray(array[0]) for _, array in group.arrays()]
    frames = sum(len(each) for each in members)
    tiles, y, x = members[0].shape[1:]
    return f"{frames} x {tiles} x {y} x {x}", float(np.mean([np.isfinite(each).mean() for each in members]))


def _nulls(rows: dict[tuple[str, str], dict[str, Any]]) -> str:
    reasons: dict[str, list[str]] = {}
    for (metric, component), row in rows.items():
        if row["value"] is None and not component.endswith("signed"):
            reasons.setdefault(row["reason"], []).append(f"{metric} {component}".strip())
    return "; ".join(f"{', '.join(which)} ({reason})" for reason, which in reasons.items()) or "nothing"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
