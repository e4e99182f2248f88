"""The score stage: stream truth and ensemble once, keep statistics, work out values."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.method import Progress
from downbench.files import atomic_directory
from downbench.pipeline.cluster.scoring import accumulate_on_cluster, recipe_of
from downbench.pipeline.cost import HANDED_IN, device_facts, measured, on_cluster
from downbench.pipeline.evaluations import count_evaluations
from downbench.pipeline.plan import Plan
from downbench.pipeline.predictions import Keep
from downbench.pipeline.progress import progress_bar
from downbench.pipeline.sample import with_rate
from downbench.pipeline.scoring_plan import ScoringPlan
from downbench.pipeline.stretches.examples import example_fields
from downbench.pipeline.stretches.streaming import Streamed, stream
from downbench.pipeline.write_scores import work_out_scores, write_scores
from downbench.scoring.ensemble import check_whole, open_ensemble, read_members
from downbench.scoring.inference.values import Outcome
from downbench.scoring.reading import ChunkTask, accumulate, chunk_tasks, new_accumulator
from downbench.scoring.statistics import Statistics
from downbench.store.record import Costs, FitRecord, Keys, RunRecord, SampleRecord, write_record
from downbench.store.record_parts import Cost, CurvePart, Device, FramesPart, RainPart, ScoreRow
from downbench.store.run_directory import PARTIAL, RUN, SAMPLE, SCORES, STATISTICS
from downbench.store.stages import read_stage
from downbench.temporaries import delete
from downbench.version import __version__


def finished_scores(plan: Plan) -> RunRecord | None:
    """The record of a run whose scores stand there; None where they do not, or are damaged."""
    directory = plan.directory.score
    parts = (directory / SCORES, directory / STATISTICS)
    return read_stage(directory / RUN, RunRecord, *parts, aside=directory)


def score(plan: Plan, fitted: FitRecord, sampled: SampleRecord) -> RunRecord:
    """Score a stored ensemble.

    Returns:
        The record of the run.

    Raises:
        DamagedData: the predictions are not what was written.
    """
    with atomic_directory(plan.directory.score) as temporary:
        with progress_bar(f"score  {plan.label}") as progress, measured() as cost:
            statistics = add_up(plan.scoring, progress, temporary)
            outcome = work_out_scores(statistics, plan.metrics.metrics, plan.info.probabilistic, plan.hours)
        examples = example_fields(plan.frames, _stored_members(plan))
        record = _record(plan, fitted, sampled, Cost(**cost), outcome, "all")
        return write_scores(temporary, statistics, outcome, record, examples)


def sample_and_score(plan: Plan, fitted: FitRecord) -> RunRecord:
    """Sample and score an ensemble that is not stored; a killed command goes on with the next chunk.

    Returns:
        The record of the run.

    Raises:
        RunFailed: the method breaks its contract, or the cluster fails.
    """
    directory = plan.directory
    delete(directory.sample / PARTIAL)  # of samples that were to be stored, and are not now
    with atomic_directory(directory.score) as temporary:
        with progress_bar(f"sample and score {plan.label}") as progress, measured() as cost:
            streamed = stream(plan.sampling, plan.metrics, directory.stretches, temporary, progress)
            before = time.perf_counter(), time.process_time()
            metrics = plan.metrics.metrics
            outcome = work_out_scores(streamed.statistics, metrics, plan.info.probabilistic, plan.hours)
            after = time.perf_counter(), time.process_time()
        sampled = _streamed_sample(plan, streamed, cost)
        spent = streamed.spent
        wall, cpu = spent.score_wall + after[0] - before[0], spent.score_cpu + after[1] - before[1]
        scored = Cost(**_cost_of(plan, cost, wall, cpu))
        record = _record(plan, fitted, sampled, scored, outcome, plan.kept)
        examples = None
        if plan.kept != "none":
            examples = example_fields(plan.frames, lambda _, frame: streamed.examples[frame])
        record = write_scores(temporary, streamed.statistics, outcome, record, examples)
        write_record(directory.sample / SAMPLE, sampled)
    delete(directory.stretches.parent)
    return record


def _streamed_sample(plan: Plan, streamed: Streamed, cost: dict[str, Any]) -> SampleRecord:
    spent = streamed.spent
    own = _cost_of(plan, cost, spent.sample_wall, spent.sample_cpu)
    return SampleRecord(
        key=plan.directory.sample_key,
        frames=FramesPart(**plan.frames.summary()),
        members=plan.members,
        rain=RainPart(**streamed.rain.summary()),
        device=streamed.device or device_facts(plan.device),
        cost=Cost(**with_rate(plan.sampling, own)),
        arrays={},
    )


def _cost_of(plan: Plan, cost: dict[str, Any], wall: float, cpu: float) -> dict[str, Any]:
    """A stage's share of the cost of sampling and scoring together; their memory is one figure."""
    if plan.scheduler is not None:
        return on_cluster(wall, cpu)
    return cost | {
        "wall_s": round(wall, 3),
        "cpu_s": round(cpu, 3),
        "memory_source": f"{cost['memory_source']}, sampling and scoring together",
    }


def _stored_members(plan: Plan) -> Callable[[int, int], NDArray[np.float32]]:
    predictions = plan.directory.predictions
    ensemble = open_ensemble(predictions, plan.frames.sequences[0].name)
    return lambda tile, frame: read_members(predictions, ensemble, slice(frame, frame + 1), tile)[:, 0]


def add_up(plan: ScoringPlan, progress: Progress, scratch: Path) -> Statistics:
    """Statistics of a plan's metrics, from its predictions, here or on the cluster that it names.

    Args:
        plan: whose predictions are there.
        progress: told after each chunk.
        scratch: folder for statistics that are too large to keep in memory.
    """
    frames, metrics = plan.frames, dict(plan.metrics.metrics)
    accumulator = new_accumulator(frames, metrics, plan.members, scratch)
    tasks = chunk_tasks(frames, plan.members, accumulator.past)
    done, total = 0, sum(task.stop - task.start for task in tasks)

    def advance(task: ChunkTask) -> None:
        nonlocal done
        done += task.stop - task.start
        progress(done, total, "")

    check_whole(plan.predictions, [sequence.name for sequence in frames.sequences])
    if plan.scheduler is None:
        accumulate(frames, plan.predictions, tasks, accumulator, advance)
    else:
        accumulate_on_cluster(plan.scheduler, recipe_of(plan), tasks, accumulator, advance)
    return accumulator.statistics()


def _record(
    plan: Plan, fitted: FitRecord, sampled: SampleRecord, cost: Cost, outcome: Outcome, kept: Keep
) -> RunRecord:
    frames, directory = plan.frames, plan.directory
    return RunRecord(
        role=plan.role,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        method=plan.method_part(),
        dataset=plan.dataset_part(),
        track=plan.track_part(),
        seed=plan.seed,
        members=plan.members,
        limit=frames.limit,
        frames=FramesPart(**frames.summary()),
        data_root=str(root) if (root := frames.dataset.root) else None,
        budget=plan.budget,
        hours=plan.hours,
        regions=frames.region_names,
        user_regions=[f"{region.name}={region.source}" for region in frames.regions],
        keys=Keys(fit=directory.fit_key, sample=directory.sample_key, score=directory.score_key),
        versions={
            "downbench": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scipy", "xarray", "zarr", "numba")},
        },
        device=_device(fitted, sampled, plan),
        cost=_costs(plan, fitted, sampled, cost),
        rain=sampled.rain,
        kept=kept,
        metrics=plan.metrics.parts(),
        scores=[ScoreRow(**row) for row in outcome.rows],
        curves={name: CurvePart(**curve) for name, curve in outcome.curves.items()},
        test_evaluations=count_evaluations(plan),
    )


def _costs(plan: Plan, fitted: FitRecord, sampled: SampleRecord, cost: Cost) -> Costs:
    if plan.submission is not None:  # reading a file is not what the predictions cost
        return Costs(fit=HANDED_IN, sample=HANDED_IN, score=cost)
    return Costs(fit=fitted.cost, sample=sampled.cost, score=cost)


def _device(fitted: FitRecord, sampled: SampleRecord, plan: Plan) -> Device:
    """Where it is scored, with the threads and GPU of the fit where scoring uses no torch.

    What the method chose when it sampled stands there, too.
    """
    here = device_facts(plan.device)
    return here.model_copy(
        update={
            "threads": fitted.device.threads if here.threads is None else here.threads,
            "model": fitted.device.model if here.model is None else here.model,
            "chosen": sampled.device.chosen,
        }
    )
