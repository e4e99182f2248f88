"""Options that several commands share, with one name and one text each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]
Runs = Annotated[Path, typer.Option("--runs", metavar="DIR", help="Folder that holds the run directories.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME.KEY=VALUE",
        help="Set one parameter of a method or dataset; repeat it for more. "
        "`bench show NAME` lists the parameters.",
    ),
]
DataRoot = Annotated[
    Path | None,
    typer.Option("--data-root", metavar="PATH", help="File or folder that holds your data."),
]
MovedData = Annotated[
    Path | None,
    typer.Option(
        "--data-root", metavar="PATH", help="File or folder that holds the data, if it has been moved."
    ),
]
Device = Annotated[
    str,
    typer.Option(
        metavar="DEVICE", help="Device to compute on: auto, cpu or cuda. auto takes a GPU if there is one."
    ),
]
Engine = Annotated[
    str | None,
    typer.Option(
        metavar="ENGINE",
        show_default="local",
        help="Where to sample and score: local, or dask for a cluster.",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Address of the dask scheduler, as tcp://host:8786, or its scheduler file.",
    ),
]
Keep = Annotated[
    str | None,
    typer.Option(
        metavar="WHAT",
        show_default="all up to 2 GiB, examples above",
        help="What to keep of the samples once they are scored: none, a few examples, or all. "
        "What is not to be kept is never stored.",
    ),
]
Jobs = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        show_default="1",
        help="Number of runs that go forward at once on this machine, each in a process of its own that gets "
        "its share of the cores; auto is one on each core.",
    ),
]
Region = Annotated[
    list[str] | None,
    typer.Option(
        metavar="REGION",
        help="Score a region of your own too: name=lonmin,latmin,lonmax,latmax or name=FILE; "
        "repeat it for more.",
    ),
]
Shifts = Annotated[
    list[str] | None,
    typer.Option(
        "--shift",
        metavar="NAME=DATA",
        help="Score the fitted methods on other data too, as a track of this name: a file or folder, "
        "the YAML file of a dataset, or {root: ..., set: {...}}; repeat it for more.",
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, show_default="all", help="Only the first N time steps."),
]
Target = Annotated[
    str | None,
    typer.Option("--dataset", "-d", metavar="NAME", help="Dataset whose test split the predictions are of."),
]
Truth = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Fine rain of your own: fields, or a table of stations (.csv).",
    ),
]
Coarse = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        show_default="the mean of the truth",
        help="Coarse rain that goes with --truth.",
    ),
]
Factor = Annotated[
    int | None,
    typer.Option(metavar="N", show_default="8", help="With --truth: fine cells along a coarse one's edge."),
]
Variable = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Variable with the predictions, if the file has several."),
]
PredictedUnits = Annotated[
    str | None,
    typer.Option(
        "--units",
        metavar="UNITS",
        help="Units of the predictions, such as mm/day, in place of any that the files name.",
    ),
]
Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        metavar="NAME",
        show_default="the standard set",
        help="Work out only this metric; repeat it for more.",
    ),
]
Controls = Annotated[
    bool,
    typer.Option("--controls/--no-controls", help="Also run the controls that the protocol prescribes."),
]
References = Annotated[
    bool,
    typer.Option(
        "--reference/--no-reference",
        help="Show the reference results of the same frames that installed packages bring.",
    ),
]
TimeLimit = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        show_default="none",
        help="Longest time for a plug-in's code at one go, for example 90s, 10m or 2h.",
    ),
]
MemoryLimit = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        show_default="none",
        help="Most memory while a plug-in's code runs, for example 500M or 8G.",
    ),
]
Protocol = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        show_default="that of this suite",
        help="paper: print the estimators of OF-Diff's paper beside its Table 1, in place of this suite's "
        "scores.",
    ),
]
