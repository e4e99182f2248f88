"""The page of a dataset: what it is, where to get it, and how its coarse and fine rain are related."""

from __future__ import annotations

from collections.abc import Sequence

from downbench import DatasetInfo
from downbench_leaderboard.boards.boards import Board
from downbench_leaderboard.pages.render import render
from downbench_leaderboard.pages.words import RELATION_KEYS, facts_of, get_command, relation_text


def write_dataset(boards: Sequence[Board], info: DatasetInfo | None) -> str:
    """The page of all boards under one label.

    Args:
        boards: at least one.
        info: what is registered here of the dataset, if it is.
    """
    run = boards[0].run
    return render(
        "dataset.html",
        ("core.js", "plain.js"),
        root="../",
        title=run.dataset.shown,
        run=run,
        info=info,
        boards=boards,
        relation=relation_text(run.dataset),
        relation_keys=RELATION_KEYS,
        get=get_command(run, info),
        facts=facts_of(run),
    )
