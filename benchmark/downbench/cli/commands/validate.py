"""``bench validate``: predictions checked before they are handed in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from downbench.cli.options import (
    Coarse,
    DataRoot,
    Factor,
    Json,
    Limit,
    PredictedUnits,
    Settings,
    Target,
    Truth,
    Variable,
)

EXAMPLES = (
    "bench validate mine.nc --dataset xshield --html report.html",
    "bench validate mine.nc --truth fine.nc --coarse coarse.nc",
)


def validate(
    predictions: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="NetCDF file or zarr store with the predictions, or a folder of them."
        ),
    ],
    dataset: Target = None,
    data_root: DataRoot = None,
    truth: Truth = None,
    coarse: Coarse = None,
    factor: Factor = None,
    set_: Settings = None,
    variable: Variable = None,
    units: PredictedUnits = None,
    members: Annotated[
        Optional[int],
        typer.Option(metavar="N", min=1, show_default="all", help="Number of members that must be there."),
    ] = None,
    limit: Limit = None,
    html: Annotated[
        Optional[Path], typer.Option(metavar="PAGE", help="Also write the report as one HTML page.")
    ] = None,
    json: Json = False,
) -> tuple[dict[str, Any], int]:
    """Check predictions that were made elsewhere.

    It looks at units, times, calendar, grid, orientation, members and values, and says for everything that
    it finds what it means and what to do. The exit code is 1 where something would stop `bench submit`.
    The truth is held against the predictions, and never printed.
    """
    from downbench.files import atomic_file
    from downbench.submission.target import open_target
    from downbench.submission.validate import validate as check

    frames = open_target(dataset, data_root, truth, coarse, factor, set_ or [], limit, [])
    report = check(predictions, frames, members, variable, units)
    if html is not None:
        with atomic_file(html) as temporary:
            temporary.write_text(report.as_html(), encoding="utf-8")
    if not json:
        print(report.as_text())
    return report.as_json(), int(not report.valid)
