"""``bench apply``: a user's own coarse file, downscaled by a fitted method."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from downbench.cli.options import Device, Json, MemoryLimit, Scheduler, Settings, TimeLimit
from downbench.cli.stopping import keeping

EXAMPLES = (
    "bench apply runs/files/ofdiff/KEY coarse.nc --out fine.zarr --members 16",
    "bench apply ofdiff@mrms-4km coarse.nc",
)


def apply(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            help="Run directory of the fitted method, its model folder, or the name of weights that come "
            "with a package (`bench list weights`).",
        ),
    ],
    coarse: Annotated[
        Path,
        typer.Argument(
            metavar="COARSE",
            help="Coarse rain: a file or store of any format that --dataset reads, or a folder of them.",
        ),
    ],
    out: Annotated[
        Optional[Path],
        typer.Option(
            metavar="PATH",
            show_default="the name of the input with -fine.zarr, in this folder",
            help="Zarr group to write, or a NetCDF file if the name ends in .nc.",
        ),
    ] = None,
    members: Annotated[
        int, typer.Option(metavar="N", min=1, help="Number of ensemble members to sample.")
    ] = 8,
    seed: Annotated[
        Optional[int],
        typer.Option(metavar="N", show_default="that of the run", help="Seed of the noise."),
    ] = None,
    start: Annotated[
        Optional[str],
        typer.Option(
            metavar="TIME",
            show_default="the first time in the file",
            help="First time to downscale, for example 2020-06-01T12:00.",
        ),
    ] = None,
    end: Annotated[
        Optional[str],
        typer.Option(
            metavar="TIME",
            show_default="the last time in the file",
            help="Last time to downscale. A date without an hour includes the whole day.",
        ),
    ] = None,
    sequence: Annotated[
        Optional[str],
        typer.Option(
            metavar="NAME",
            show_default="the first training sequence",
            help="Name of the sequence that the noise depends on.",
        ),
    ] = None,
    units: Annotated[
        str, typer.Option(metavar="UNITS", help="Units of the output, such as mm/h, mm/day or 'kg m-2 s-1'.")
    ] = "mm/h",
    static: Annotated[
        Optional[Path],
        typer.Option(
            metavar="FILE", help="File with static fields on the fine grid, if the method needs them."
        ),
    ] = None,
    dataset: Annotated[
        str, typer.Option("--dataset", "-d", metavar="NAME", help="Dataset that reads the coarse file.")
    ] = "files",
    set_: Settings = None,
    device: Device = "auto",
    engine: Annotated[
        str, typer.Option(metavar="ENGINE", help="Where to sample: local, or dask for a cluster.")
    ] = "local",
    scheduler: Scheduler = None,
    time_limit: TimeLimit = None,
    memory_limit: MemoryLimit = None,
    json: Json = False,
) -> dict[str, Any]:
    """Downscale your own coarse file with a fitted method.

    The output keeps the times, the location and the projection of the input. Nothing is fitted. If the
    command is interrupted, it keeps what is finished, and the same command goes on from there.
    """
    from downbench.downscaling.asking import apply_file
    from downbench.isolation.limits import hold_limits
    from downbench.packed_stores import stem_of
    from downbench.pipeline.cluster.connection import check_engine

    out = out or Path(f"{stem_of(coarse)}-fine.zarr")
    hold_limits(time_limit, memory_limit)
    check_engine(engine, scheduler)
    with keeping("finished chunks are kept, and the same command goes on"):
        result = apply_file(
            run,
            coarse,
            out,
            scheduler=scheduler,
            members=members,
            seed=seed,
            start=start,
            end=end,
            sequence=sequence,
            units=units,
            static=static,
            dataset=dataset,
            settings=set_ or [],
            device=device,
        )
    if not json:
        done = "was finished before" if result["reused"] else "done"
        print(f"{done}: {result['out']}")
        ensemble = f"{result['members']} member{'s' if result['members'] > 1 else ''}"
        print(
            f"  {ensemble}, {result['frames']} frames from {result['first']}, "
            f"{result['y']} x {result['x']} cells, {result['units']}"
        )
    return result
