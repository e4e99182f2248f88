"""An ensemble that is sampled and scored without ever being stored whole, here or on a cluster.

A chunk of one tile is sampled, scored and forgotten; its statistics go into a file (``scored``). These files
are the ledger: a command that was killed goes on with the chunks that have none. In the end they are added up
in the order in which a stored ensemble is read, so that the scores are the same to the last digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.method import Progress
from downbench.pipeline.cluster.tasks import work_on_cluster
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.fitted_model import load_model
from downbench.pipeline.metric_set import MetricSet
from downbench.pipeline.sampling_plan import SamplingPlan
from downbench.pipeline.stretches.cutting import cut_runs, runs_of
from downbench.pipeline.stretches.ensemble_recipe import recipe_of_ensemble
from downbench.pipeline.stretches.on_workers import Piece, half_of_piece, score_on_worker
from downbench.pipeline.stretches.scored import Scored, Spent, load, path_of, save
from downbench.pipeline.stretches.scoring import score_stretch
from downbench.scoring.engine import Accumulator
from downbench.scoring.reading import ChunkTask, chunk_tasks, new_accumulator
from downbench.scoring.statistics import Statistics
from downbench.store.record_parts import Device
from downbench.store.stages import set_aside


@dataclass
class Streamed:
    """What is left of an ensemble that was not stored.

    Args:
        statistics: of all metrics.
        rain: what the method returned before it was clipped.
        spent: seconds, added up over all chunks, wherever they were worked out.
        examples: frame of the first sequence to its members, of the frames that are kept to be looked at.
        device: where the first chunk was worked out.
    """

    statistics: Statistics
    rain: Rain = field(default_factory=Rain)
    spent: Spent = field(default_factory=Spent)
    examples: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    device: Device | None = None


def stream(
    plan: SamplingPlan, metrics: MetricSet, folder: Path, scratch: Path, progress: Progress
) -> Streamed:
    """Sample and score all frames; chunks that were finished before are not done again.

    Args:
        plan: what is sampled, here or on the cluster that it names.
        metrics: to be worked out.
        folder: of the chunks' files, which the caller deletes once all is written.
        scratch: folder for statistics that are too large to keep in memory.
        progress: told after each chunk.

    Raises:
        RunFailed: the method breaks its contract, or the cluster fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    past = new_accumulator(plan.frames, dict(metrics.metrics), plan.members).past
    chunks = chunk_tasks(plan.frames, plan.members, past)
    while True:
        _work_out(plan, metrics, chunks, past, folder, progress)
        accumulator = new_accumulator(plan.frames, dict(metrics.metrics), plan.members, scratch)
        try:
            return _added_up(accumulator, chunks, folder)
        except _Damaged as error:
            set_aside(error.path, str(error))  # and that chunk is done again


class _Damaged(ValueError):
    """A chunk's file is not what was written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(why)
        self.path = path


def _added_up(accumulator: Accumulator, chunks: Sequence[ChunkTask], folder: Path) -> Streamed:
    rain, spent, examples, device = Rain(), Spent(), dict[int, NDArray[np.float32]](), None
    for chunk in chunks:
        path = path_of(folder, chunk)
        try:
            scored = load(path)
        except ValueError as error:
            raise _Damaged(path, str(error)) from error
        accumulator.add_part(scored.part)
        rain.add(scored.rain)
        spent.add(scored.spent)
        examples |= scored.examples
        device = device or scored.device
    return Streamed(accumulator.statistics(), rain, spent, examples, device)


def _work_out(
    plan: SamplingPlan,
    metrics: MetricSet,
    chunks: Sequence[ChunkTask],
    past: int,
    folder: Path,
    progress: Progress,
) -> None:
    """Sample and score the chunks that have no file yet."""
    missing = [chunk for chunk in chunks if not path_of(folder, chunk).is_file()]
    total = sum(chunk.stop - chunk.start for chunk in chunks)
    done = total - sum(chunk.stop - chunk.start for chunk in missing)

    def keep(chunk: ChunkTask, scored: Scored) -> None:
        nonlocal done
        if not (path := path_of(folder, chunk)).is_file():  # whoever worked it out may have kept it
            save(path, scored)
        done += chunk.stop - chunk.start
        progress(done, total, "")

    runs = runs_of(missing)
    if not runs:
        return
    if plan.scheduler is None:
        method = load_model(plan)
        for run in runs:
            for chunk, scored in score_stretch(plan, method, dict(metrics.metrics), run):
                keep(chunk, scored)
        return

    def keep_all(_: Piece, results: list[tuple[ChunkTask, Scored]]) -> None:
        for chunk, scored in results:
            keep(chunk, scored)

    def cut(pieces: int) -> list[Piece]:
        return [
            Piece(part, str(folder.resolve())) for part in cut_runs(runs, pieces, past, "time" in plan.cuts)
        ]

    recipe = recipe_of_ensemble(plan, tuple(metrics.versions().items()))
    work_on_cluster(plan.scheduler, score_on_worker, recipe, cut, keep_all, half_of_piece)
