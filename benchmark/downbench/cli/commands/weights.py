"""``bench weights``: a fitted model put where others find it by name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from downbench.cli.options import Json, MovedData

EXAMPLES = (
    "bench weights runs/mrms/ofdiff/KEY --as ofdiff@mrms-4km --into methods/weights/downbench_weights",
)


def weights(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run directory with scores and a fitted model.")],
    name: Annotated[str, typer.Option("--as", metavar="METHOD@DATA", help="Name that it will be found by.")],
    into: Annotated[Path, typer.Option("--into", metavar="FOLDER", help="Package folder of the weights.")],
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="Test time steps that are scored to choose the precision.")
    ] = 16,
    data_root: MovedData = None,
    json: Json = False,
) -> dict[str, Any]:
    """Put a fitted model into a folder of weights, with its card.

    The first test time steps are scored twice, with the weights as fitted and in half precision. The weights
    are kept in half precision if no score over the whole domain changes by more than 0.2 % plus 0.0001 of its
    unit.
    """
    from downbench.exchange.weights import export_weights
    from downbench.findings.stored_run import open_run

    done = export_weights(open_run(run), name, into, limit, data_root)
    if not json:
        kept = "half precision" if done.half else "the precision that they were fitted in"
        print(f"{done.directory}: {done.bytes / 1e6:.2f} MB, in {kept}; {done.scores} scores compared")
        for score, (before, after) in done.changes.items():
            print(f"  {score}: {before} as fitted, {after} in half precision")
    return {
        "directory": str(done.directory),
        "bytes": done.bytes,
        "half": done.half,
        "scores": done.scores,
        "changes": {score: list(values) for score, values in done.changes.items()},
    }
