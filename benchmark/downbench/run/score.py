"""The score stage: stream truth and ensemble once, keep statistics, work out values."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
import zarr

from downbench import __version__, protocol
from downbench.contracts.method import Progress
from downbench.contracts.metric import Metric
from downbench.files import atomic_directory, write_json
from downbench.plugins.registry import Registration
from downbench.run.cluster import accumulate_on_cluster, recipe_of
from downbench.run.cost import device_facts, measured
from downbench.run.plan import MetricSet, Plan
from downbench.run.progress import progress_bar
from downbench.scoring.inference.hours import hour_rows
from downbench.scoring.inference.values import work_out_all
from downbench.scoring.reading import ChunkTask, accumulate, chunk_tasks, new_accumulator, read_fields
from downbench.scoring.statistics import Statistics
from downbench.store.resamples import save_resamples
from downbench.store.run_directory import SCHEMA_VERSION, read_stage

EXAMPLES = 3


def score(plan: Plan, fitted: dict[str, Any], sampled: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Score the ensemble unless finished scores stand there.

    Returns:
        Content of ``run.json``, and whether it stood there already.
    """
    directory = plan.directory.score
    parts = (directory / "scores.parquet", directory / "statistics.zarr")
    done = read_stage(directory / "run.json", *parts, aside=directory)
    if done is not None:
        return done, True
    with atomic_directory(directory) as temporary:
        with progress_bar(f"score  {plan.label}") as progress, measured() as cost:
            statistics = add_up(plan, progress, temporary)
            rows, curves, drawn = work_out_all(statistics, plan.metrics.metrics, plan.info.probabilistic)
            if plan.hours:
                rows += hour_rows(statistics, plan.metrics.metrics, plan.info.probabilistic)
        statistics.save(temporary / "statistics.zarr")
        _examples(plan).to_zarr(temporary / "examples.zarr", zarr_format=3, consolidated=False)
        pd.DataFrame(rows).to_parquet(temporary / "scores.parquet", index=False)
        save_resamples(temporary, drawn)
        result = _run_json(plan, fitted, sampled, cost, rows, curves)
        write_json(temporary / "run.json", result)
    return result, False


def add_up(plan: Plan, progress: Progress, scratch: Path) -> Statistics:
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

    if plan.scheduler is None:
        accumulate(frames, plan.directory.predictions, tasks, accumulator, advance)
    else:
        accumulate_on_cluster(plan.scheduler, recipe_of(plan), tasks, accumulator, advance)
    return accumulator.statistics()


def _examples(plan: Plan) -> xr.Dataset:
    """The wettest tile, by its coarse rain, at its wettest frame in each third of the sequence."""
    sequence = plan.frames.sequences[0]
    rain = sequence.coarse["precipitation"].isel(time=slice(sequence.warmup, None))
    means = rain.mean(("y", "x")).fillna(-1).transpose("tile", "time").to_numpy()
    tile = int(means.mean(axis=1).argmax())
    thirds = [t for t in np.array_split(np.arange(means.shape[1]), EXAMPLES) if len(t)]
    chosen = [int(part[means[tile, part].argmax()]) for part in thirds]
    group = zarr.open_group(plan.directory.predictions, mode="r")
    ensemble = group[sequence.name]
    assert isinstance(ensemble, zarr.Array)
    members = np.stack([np.asarray(ensemble[:, t, tile]) for t in chosen], axis=1)
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


def _run_json(
    plan: Plan,
    fitted: dict[str, Any],
    sampled: dict[str, Any],
    cost: dict[str, Any],
    rows: list[dict[str, Any]],
    curves: dict[str, Any],
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "protocol": protocol.VERSION,
        "status": "finished",
        "reason": None,
        "role": plan.role,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "method": plan.method_summary(),
        "dataset": plan.dataset_summary(),
        "seed": plan.seed,
        "members": plan.members,
        "limit": plan.frames.limit,
        "data_root": str(root) if (root := plan.frames.dataset.root) else None,
        "budget": plan.budget,
        "hours": plan.hours,
        "regions": plan.frames.region_names,
        "user_regions": [f"{region.name}={region.source}" for region in plan.frames.regions],
        "frames": plan.frames.summary(),
        "keys": {
            "fit": plan.directory.fit_key,
            "sample": plan.directory.sample_key,
            "score": plan.directory.score_key,
        },
        "versions": {
            "downbench": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("numpy", "scipy", "xarray", "zarr", "numba")},
        },
        "device": fitted["device"] | device_facts(plan.device),
        "cost": {"fit": fitted["cost"], "sample": sampled["cost"], "score": cost},
        "rain": sampled["rain"],
        "metrics": metric_summaries(plan.metrics),
        "scores": rows,
        "curves": curves,
        "test_evaluations": _test_evaluations(plan),
    }


def metric_summaries(metrics: MetricSet) -> dict[str, dict[str, Any]]:
    """What ``run.json`` says of each metric."""
    return {name: _metric_summary(metrics.entries[name], metric) for name, metric in metrics.metrics.items()}


def _metric_summary(entry: Registration, metric: Metric) -> dict[str, Any]:
    return {
        "title": entry.info.title,
        "distribution": entry.distribution,
        "unit": metric.unit,
        "direction": metric.direction,
        "range": [None if np.isinf(bound) else bound for bound in metric.range],
        "definition": metric.definition,
        "reference": metric.reference or entry.info.reference,
        "headline": metric.headline,
        "tags": list(entry.info.tags),
        "fair": metric.fair,
        "version": metric.version,
    }


def _test_evaluations(plan: Plan) -> int:
    """How many configurations of this method met the test split in this folder, this one included."""
    scored = {path.parents[4] for path in plan.directory.fit.parent.glob("*/samples/*/scores/*/run.json")}
    return len(scored | {plan.directory.fit})
