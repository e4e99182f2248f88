"""The score stage: stream truth and ensemble once, keep statistics, work out values."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import xarray as xr

from downbench.contracts.method import Progress
from downbench.files import atomic_directory
from downbench.run.cluster.scoring import accumulate_on_cluster, recipe_of
from downbench.run.cost import device_facts, measured
from downbench.run.evaluations import count_evaluations
from downbench.run.plan import Plan
from downbench.run.progress import progress_bar
from downbench.run.scoring_plan import ScoringPlan
from downbench.run.write_scores import work_out_scores, write_scores
from downbench.scoring.ensemble import check_whole, open_ensemble, read_members
from downbench.scoring.inference.values import Outcome
from downbench.scoring.reading import ChunkTask, accumulate, chunk_tasks, new_accumulator, read_fields
from downbench.scoring.statistics import Statistics
from downbench.store.record import Costs, FitRecord, Keys, RunRecord, SampleRecord
from downbench.store.record_parts import Cost, CurvePart, Device, FramesPart, ScoreRow
from downbench.store.run_directory import RUN, SCORES, STATISTICS
from downbench.store.stages import read_stage
from downbench.version import __version__

EXAMPLES = 3


def finished_scores(plan: Plan) -> RunRecord | None:
    """The record of a run whose scores stand there; None where they do not, or are damaged."""
    directory = plan.directory.score
    parts = (directory / SCORES, directory / STATISTICS)
    return read_stage(directory / RUN, RunRecord, *parts, aside=directory)


def score(plan: Plan, fitted: FitRecord, sampled: SampleRecord) -> RunRecord:
    """Score the ensemble.

    Returns:
        The record of the run.

    Raises:
        DamagedData: the predictions are not what was written.
    """
    with atomic_directory(plan.directory.score) as temporary:
        with progress_bar(f"score  {plan.label}") as progress, measured() as cost:
            statistics = add_up(plan.scoring, progress, temporary)
            outcome = work_out_scores(statistics, plan.metrics.metrics, plan.info.probabilistic, plan.hours)
        record = _record(plan, fitted, sampled, Cost(**cost), outcome)
        return write_scores(temporary, statistics, outcome, record, _examples(plan))


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


def _examples(plan: Plan) -> xr.Dataset:
    """The wettest tile, by its coarse rain, at its wettest frame in each third of the sequence."""
    sequence = plan.frames.sequences[0]
    rain = sequence.coarse["precipitation"].isel(time=sequence.coarse_frames(slice(None)))
    means = rain.mean(("y", "x")).fillna(-1).transpose("tile", "time").to_numpy()
    tile = int(means.mean(axis=1).argmax())
    thirds = [t for t in np.array_split(np.arange(means.shape[1]), EXAMPLES) if len(t)]
    chosen = [int(part[means[tile, part].argmax()]) for part in thirds]
    predictions = plan.directory.predictions
    ensemble = open_ensemble(predictions, sequence.name)
    members = np.concatenate(
        [read_members(predictions, ensemble, slice(t, t + 1), tile) for t in chosen], axis=1
    )
    truth = np.concatenate(
        [read_fields(sequence, tile, slice(t, t + 1), plan.frames.dataset.factor)[0] for t in chosen]
    )
    return xr.Dataset(
        {
            "coarse": (("time", "Y", "X"), rain.isel(tile=tile, time=chosen).to_numpy()),
            "truth": (("time", "y", "x"), truth),
            "members": (("member", "time", "y", "x"), members),
        },
        coords={"time": sequence.times[chosen]},
        attrs={
            "units": "mm/h",
            "tile": int(sequence.fine["tile"].to_numpy()[tile]),
            "sequence": sequence.name,
        },
    )


def _record(plan: Plan, fitted: FitRecord, sampled: SampleRecord, cost: Cost, outcome: Outcome) -> RunRecord:
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
        device=_device(fitted, plan),
        cost=Costs(fit=fitted.cost, sample=sampled.cost, score=cost),
        rain=sampled.rain,
        metrics=plan.metrics.parts(),
        scores=[ScoreRow(**row) for row in outcome.rows],
        curves={name: CurvePart(**curve) for name, curve in outcome.curves.items()},
        test_evaluations=count_evaluations(plan),
    )


def _device(fitted: FitRecord, plan: Plan) -> Device:
    """Where it is scored, with the threads and GPU of the fit where scoring uses no torch."""
    here = device_facts(plan.device)
    return here.model_copy(
        update={
            "threads": fitted.device.threads if here.threads is None else here.threads,
            "model": fitted.device.model if here.model is None else here.model,
        }
    )
