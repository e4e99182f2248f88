"""``bench apply``: somebody's own coarse file, downscaled by a fitted method."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Optional

import typer


def apply(
    run: Annotated[Path, typer.Argument(help="A run directory, or a model folder.")],
    coarse: Annotated[Path, typer.Argument(help="Coarse rain: NetCDF, zarr, or a folder of either.")],
    out: Annotated[Path, typer.Option(help="Zarr group to make, or a NetCDF file if it ends in .nc.")],
    members: Annotated[int, typer.Option(min=1, help="Ensemble size.")] = 8,
    seed: Annotated[Optional[int], typer.Option(help="Of the noise; else that of the run.")] = None,
    start: Annotated[Optional[str], typer.Option(help="First time wanted, as 2020-06-01T12:00.")] = None,
    end: Annotated[Optional[str], typer.Option(help="Last time wanted; a day alone is all of it.")] = None,
    sequence: Annotated[
        Optional[str],
        typer.Option(help="Name that the noise is keyed by; else that of the first training sequence."),
    ] = None,
    units: Annotated[str, typer.Option(help="Of the output: mm/h, mm/day, kg m-2 s-1.")] = "mm/h",
    static: Annotated[
        Optional[Path], typer.Option(help="Static fields of the fine grid, where the method needs them.")
    ] = None,
    dataset: Annotated[str, typer.Option("--dataset", "-d", help="Dataset that reads the file.")] = "files",
    set_: Annotated[
        Optional[list[str]],
        typer.Option("--set", help="name.key=value, of the dataset, or how the method samples."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> dict[str, Any]:
    """Downscale a coarse file of your own with a fitted method: time, place and projection as they are.

    Nothing is fitted. What is finished is kept when it is interrupted; the same command goes on.
    """
    from downbench.apply.apply import apply as apply_method
    from downbench.apply.request import make_request
    from downbench.errors import DownbenchError, RunFailed
    from downbench.run.run import explain

    request = make_request(
        run,
        coarse,
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
    try:
        result = apply_method(request, out)
    except KeyboardInterrupt:
        print("interrupted; finished chunks are kept, the same command goes on", file=sys.stderr)
        raise typer.Exit(130) from None
    except DownbenchError:
        raise
    except Exception as error:  # of the method, or of the disk
        raise RunFailed(explain(error)) from error
    if not json:
        done = "stands there already" if result["reused"] else "done"
        print(f"{done}: {result['out']}")
        ensemble = f"{result['members']} member{'s' if result['members'] > 1 else ''}"
        print(
            f"  {ensemble}, {result['frames']} frames from {result['first']}, "
            f"{result['y']} x {result['x']} cells, {result['units']}"
        )
    return result
