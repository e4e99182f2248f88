"""``bench verify``: a run's metrics along an independent path."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from downbench.cli.options import Json, MovedData

EXAMPLES = ("bench verify runs/xshield/ofdiff/KEY --frames 8",)


def verify(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run directory with scores.")],
    frames: Annotated[
        int, typer.Option(metavar="N", help="Number of frames to work out twice: the wettest in a row.")
    ] = 4,
    data_root: MovedData = None,
    json: Json = False,
) -> tuple[dict[str, Any], int]:
    """Check a run's metrics against other libraries.

    A few frames are scored twice, by this suite and by independent libraries, and the differences are
    printed. Where the samples were not kept, these frames are sampled again from the model. The exit code is
    1 if a difference is larger than its tolerance.
    """
    from downbench.findings.stored_run import open_run
    from downbench.verification.verify import verify as verify_run

    result = verify_run(open_run(run), frames, data_root, lambda text: print(text, file=sys.stderr))
    if not json:
        _print(result)
    return result, int(not result["ok"])


def _print(result: dict[str, Any]) -> None:
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    fewer = f" ({result['asked']} were asked for)" if result["frames"] < result["asked"] else ""
    console.print(
        f"{result['frames']} frames{fewer} of {result['sequence']!r} from {result['first']}, "
        f"{result['tiles']} tiles, {result['members']} members"
    )
    if longer := result["sequences"]:
        height, width = longer["cells"]
        console.print(
            f"metrics on sequences: {longer['frames']} frames from {longer['first']}, "
            f"{height} x {width} cells"
        )
    checked = [row for row in result["rows"] if row["ok"] is not None]
    for library in dict.fromkeys(row["by"] for row in checked):
        console.print(f"\nagainst {library}:")
        console.print(_differences([row for row in checked if row["by"] == library]))
    console.print()
    reasons: dict[str, list[str]] = {}
    for row in result["rows"]:
        if row["ok"] is None:
            reasons.setdefault(row["reason"], []).append(f"{row['metric']} {row['component']}".strip())
    for reason, names in reasons.items():
        console.print(f"{reason}: {', '.join(names)}", soft_wrap=True)
    kept = result["stored"]
    if kept["ok"] is not None:
        verdict = "ok" if kept["ok"] else "BEYOND"
        console.print(
            f"statistics.zarr of these frames: {kept['arrays']} arrays, relative difference "
            f"{kept['difference']:.1e}, tolerance {kept['tolerance']:.0e}: {verdict}",
            soft_wrap=True,
        )


def _differences(rows: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("", width=24)  # all columns together fit into 80
    for title, width in (("ours", 10), ("theirs", 10), ("difference", 10), ("tolerance", 9), ("", 6)):
        table.add_column(title, justify="right", no_wrap=True, width=width)
    for row in rows:
        numbers = [f"{row[key]:.5g}" for key in ("ours", "theirs")]
        numbers += [f"{row[key]:.1e}" for key in ("difference", "tolerance")]
        name = f"{row['metric']} {row['component']}".strip()
        table.add_row(name, *numbers, "ok" if row["ok"] else "BEYOND")
    return table
