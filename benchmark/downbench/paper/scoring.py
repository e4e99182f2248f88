"""A scored run by the paper's estimators: its ensemble is read, or sampled again where it was not kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np

from downbench.contracts.grid import Grid
from downbench.findings.rebuild import predictions_of, rebuild
from downbench.findings.stored_run import StoredRun
from downbench.paper.estimators import Estimates, PaperSums
from downbench.pipeline.metric_set import make_metrics
from downbench.pipeline.progress import progress_bar
from downbench.pipeline.scoring_plan import ScoringPlan
from downbench.pipeline.stretches.sampling import Stretch
from downbench.scoring.chunk import TileChunk
from downbench.scoring.ensemble import open_ensemble, read_members
from downbench.scoring.grid import ALL
from downbench.scoring.reading import ChunkTask, chunk_tasks, read_fields


def by_the_paper(
    stored: StoredRun, data_root: Path | None = None, say: Callable[[str], None] = lambda text: None
) -> Estimates:
    """Work out the paper's estimators over all scored frames of a run; nothing is fitted or stored.

    Args:
        stored: the run.
        data_root: where the data stand now, if they were moved.
        say: is told, before it begins, that samples which were not kept are sampled again.

    Raises:
        UserError: the data have changed, or the method's code since it was fitted.
        DamagedData: the predictions are not what was written.
    """
    plan = rebuild(stored, make_metrics(["crps"]), data_root)
    grid = _unweighted(plan.frames.grid)
    sums = []
    with predictions_of(plan, stored, _all_of(plan), say) as readable:
        tasks = chunk_tasks(plan.frames, plan.members, 0)
        with progress_bar(f"paper  {plan.label}") as progress:
            for done, task in enumerate(tasks, 1):
                sums.append(PaperSums.of(_read(readable, task, grid)))
                progress(done, len(tasks), "")
    return reduce(add, sums).estimates()


def _unweighted(grid: Grid) -> Grid:
    """The same grid with cells of one area: the paper pools cells whatever their size."""
    return replace(grid, area=np.ones_like(grid.area), regions={ALL: grid.regions[ALL]})


def _read(plan: ScoringPlan, task: ChunkTask, grid: Grid) -> TileChunk:
    sequence, part = plan.frames.sequences[task.sequence], slice(task.start, task.stop)
    truth, coarse = read_fields(sequence, task.tile, part, plan.frames.dataset.factor)
    ensemble = open_ensemble(plan.predictions, sequence.name)
    return TileChunk(
        truth=truth,
        members=read_members(plan.predictions, ensemble, part, task.tile),
        times=sequence.times[part],
        sequence=sequence.name,
        tile=task.tile,
        grid=grid,
        coarse=coarse,
    )


def _all_of(plan: ScoringPlan) -> list[Stretch]:
    return [
        Stretch(number, tile, 0, len(sequence.times))
        for number, sequence in enumerate(plan.frames.sequences)
        for tile in range(sequence.fine.sizes["tile"])
    ]
