"""``bench template``: the empty file that predictions go into."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from downbench.cli.options import Coarse, DataRoot, Factor, Json, Limit, Settings, Target, Truth

EXAMPLES = (
    "bench template --dataset xshield --members 16 --out mine.zarr",
    "bench template --truth fine.nc --coarse coarse.nc --out mine.nc",
)


def template(
    out: Annotated[
        Path,
        typer.Option(metavar="PATH", help="Zarr store to write, or a NetCDF file if the name ends in .nc."),
    ],
    dataset: Target = None,
    data_root: DataRoot = None,
    truth: Truth = None,
    coarse: Coarse = None,
    factor: Factor = None,
    set_: Settings = None,
    members: Annotated[int, typer.Option(metavar="N", min=1, help="Number of ensemble members.")] = 8,
    limit: Limit = None,
    json: Json = False,
) -> dict[str, Any]:
    """Write the empty file that predictions go into.

    It has times, latitude, longitude, members and units, and attributes that tie it to the dataset. It is
    small, however large the predictions will be. Fill it, then hand it in with `bench submit`.
    """
    from downbench.submission.target import open_target
    from downbench.submission.template import write_template

    frames = open_target(dataset, data_root, truth, coarse, factor, set_ or [], limit, [])
    written = write_template(frames, out, members)
    if not json:
        print(f"{written['out']}: {size_text(written['bytes'])} once it is filled")
        for name, shape in written["variables"].items():
            print(f"  {name} {' x '.join(map(str, shape))}, mm h-1")
    return written


def size_text(number: float) -> str:
    """A number of bytes in three digits, with the unit that suits it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} TB"
