"""``bench leaderboard``: from a folder of runs to a site."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from downbench import (
    UserError,
    each_run,
    each_unread_run,
    has_runs,
    leaderboard_sections,
    references_among,
)
from downbench_leaderboard.site import Site, build_site

EXAMPLES = ("bench leaderboard runs --out site", "bench leaderboard --all-references")


def leaderboard(
    runs: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of runs, or any folder in one.")] = Path(
        "runs"
    ),
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", help="Folder to build the site in. A former site there is replaced."
        ),
    ] = Path("site"),
    reference: Annotated[
        bool,
        typer.Option("--reference/--no-reference", help="Show the references of the same frames among them."),
    ] = True,
    all_references: Annotated[
        bool,
        typer.Option("--all-references", help="Show those of all other frames too, on boards of their own."),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")
    ] = False,
) -> dict[str, Any]:
    """Build a static, offline site from run directories.

    Returns:
        ``site`` and ``index`` (paths), ``runs`` and ``tables`` (numbers of those shown), for ``--json``.

    Raises:
        UserError: no runs there, or ``out`` is not ours to replace.
        RunFailed: the site could not be written.
    """
    if not runs.is_dir() and not all_references:
        raise UserError(
            f"{runs} is not a folder",
            "give the folder that 'bench run' wrote to; --all-references shows references without any run",
        )
    site = build(runs, out, reference, all_references)
    if not site.runs and not site.hidden:
        print(f"no runs in {runs}, and no references are installed: the page is empty", file=sys.stderr)
        print("  pip install 'downbench[reference]', in a checkout ./leaderboard/reference", file=sys.stderr)
    if not json:
        print(f"{_count(site.runs, 'run')} in {_count(site.tables, 'table')}: {site.index}")
        if site.hidden:
            print(f"not shown, since damaged: {site.hidden}; the page says why", file=sys.stderr)
    return site.summary()


def build(runs: Path, out: Path, reference: bool = True, all_references: bool = False) -> Site:
    """Build the site of a folder of runs in ``out``.

    Args:
        runs: folder of the runs.
        out: folder of the site.
        reference: show the references of the same frames among them, marked.
        all_references: show those of all other frames too; then there need not be any runs.

    Raises:
        UserError: no runs there, or ``out`` is not ours to replace.
        RunFailed: the site could not be written.
    """
    if not all_references and not has_runs(runs):
        raise UserError(
            f"no runs in {runs}",
            "make some with 'bench run', or name another folder; --all-references shows references alone",
        )
    sections = leaderboard_sections(lambda: [file.run for file in each_run(runs) if file.run is not None])
    beside = partial(references_among, other_frames=all_references)
    more = {"beside": beside} if reference or all_references else {}
    with _little_collection():
        return build_site(each_unread_run(runs), out, root=runs, sections=sections, **more)


@contextmanager
def _little_collection() -> Iterator[None]:
    """Let Python look for garbage seldom: nearly all that is made stays until the site is written."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
