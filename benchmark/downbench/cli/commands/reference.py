"""``bench reference``: results put into a folder that others compare theirs with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from downbench.cli.options import Json

EXAMPLES = ("bench reference campaign/runs --into leaderboard/reference/downbench_reference",)


def reference(
    source: Annotated[
        Optional[list[Path]],
        typer.Argument(
            metavar="SOURCE",
            show_default="nothing new",
            help="Archives, run directories, or folders of either.",
        ),
    ] = None,
    *,
    into: Annotated[Path, typer.Option("--into", metavar="FOLDER", help="Package folder of the references.")],
    commit: Annotated[
        Optional[str],
        typer.Option(
            metavar="HASH",
            show_default="not noted",
            help="Commit of the installed sources, noted for runs that were made by them.",
        ),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Take newer scores of the same samples, and newer repeats of a run, in place of older ones.",
        ),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify/--no-verify",
            help="Check the scores of runs that have their samples, as `bench verify` does.",
        ),
    ] = True,
    json: Json = False,
) -> tuple[dict[str, Any], int]:
    """Put runs into a folder of reference results.

    What is there already stays as it is, so that the folder of a campaign can be given again as it grows. A
    run that repeats a reference (the same seed, settings and frames, by code that does the same) is no
    further seed of it.
    Entries of methods whose code has changed are marked as of an older version. Where a run has its samples,
    its scores are worked out along an independent path, and the index notes what came of it. The exit code is
    1 if a run was refused, or scores differ.
    """
    from dataclasses import asdict

    from downbench.references.building import build_references

    built = build_references(source or [], into, commit, replace, verify)
    if not json:
        for name in built.added:
            print(f"added     {name}")
        for name in built.replaced:
            print(f"replaced  {name}")
        for text in built.repeats:
            print(f"repeats   {text}")
        for name in built.older:
            print(f"older     {name}: its method has changed since, which is now marked")
        for name in built.checked:
            print(f"checked   {name}: an independent path finds its scores right")
        for reason in built.differing:
            print(f"DIFFERS   {reason}, which is now marked")
        for reason in built.unchecked:
            print(f"unchecked {reason}")
        for reason in built.refused:
            print(f"REFUSED   {reason}")
        print(f"{len(built.added)} added, {built.total} in all, {built.bytes / 1e6:.1f} MB")
    return asdict(built), int(bool(built.refused or built.differing))
