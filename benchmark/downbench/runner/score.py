"""The score stage: stream truth and ensemble once, keep statistics, work out values."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
import zarr
from numpy.typing import NDArray

from downbench import __version__
from downbench.contracts.dataset import Sequence
from downbench.files import atomic_directory, write_json
from downbench.runner.cost import device_facts, measured
from downbench.runner.frames import steps
from downbench.runner.keys import PROTOCOL
from downbench.runner.plan import Plan
from downbench.runner.progress import progress_bar
from downbench.runner.run_directory import SCHEMA_VERSION, read_stage
from downbench.scoring.chunk import Chunk
from downbench.scoring.engine import Accumulator, Statistics
from downbench.scoring.values import work_out

CHUNK_VALUES = 2**23  # members x cells in memory at once
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
    with progress_bar(f"score  {plan.label}") as progress, measured() as cost:
        statistics = _accumulate(plan, progress)
        rows, curves = work_out(statistics, plan.metrics.metrics, plan.info.probabilistic)
    with atomic_directory(directory) as temporary:
        statistics.save(temporary / "statistics.zarr")
        _examples(plan).to_zarr(temporary / "examples.zarr", zarr_format=3, consolidated=False)
        pd.DataFrame(rows).to_parquet(temporary / "scores.parquet", index=False)
        result = _run_json(plan, fitted, sampled, cost, rows, curves)
        write_json(temporary / "run.json", result)
    return result, False


def _accumulate(plan: Plan, progress: Any) -> Statistics:
    frames = plan.frames
    layout = [(s.name, s.times) for s in frames.sequences]
    accumulator = Accumulator(plan.metrics.metrics, frames.grid, layout, plan.members)
    past = max((metric.past for metric in plan.metrics.metrics.values()), default=0)
    group = zarr.open_group(plan.directory.predictions, mode="r")
    done, total = 0, frames.count * frames.sequences[0].fine.sizes["tile"]
    for sequence, tile in frames.tiles:
        ensemble = group[sequence.name]
        assert isinstance(ensemble, zarr.Array)
        cells = sequence.fine.sizes["y"] * sequence.fine.sizes["x"]
        at_once = max(1, CHUNK_VALUES // (cells * plan.members))
        for part in steps(len(sequence.times), at_once):
            before = slice(max(0, part.start - past), part.start)
            whole = slice(before.start, part.stop)
            truth, coarse = _fields(sequence, tile, whole, frames.dataset.factor)
            members = np.asarray(ensemble[:, whole, tile])
            split = before.stop - before.start
            accumulator.add(
                Chunk(
                    truth=truth[split:],
                    members=members[:, split:],
                    times=sequence.times[part],
                    sequence=sequence.name,
                    tile=tile,
                    grid=frames.grid,
                    past_truth=truth[:split],
                    past_members=members[:, :split],
                    coarse=coarse[split:],
                )
            )
            done += part.stop - part.start
            progress(done, total, "")
    return accumulator.statistics()


def _fields(
    sequence: Sequence, tile: int, part: slice, factor: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fine rain (time, y, x) and coarse rain (time, Y, X) in mm/h.

    Fine rain is NaN in every coarse cell that is not wholly valid.
    """
    fine = sequence.fine.isel(tile=tile, time=part).to_numpy()
    shift = sequence.warmup
    rain = sequence.coarse["precipitation"].isel(tile=tile, time=slice(part.start + shift, part.stop + shift))
    coarse = rain.to_numpy()
    blocks = fine.reshape(len(fine), coarse.shape[1], factor, coarse.shape[2], factor)
    valid = np.isfinite(coarse) & np.isfinite(blocks).all(axis=(2, 4))
    mask = valid.repeat(factor, axis=1).repeat(factor, axis=2)
    return np.where(mask, fine, np.float32(np.nan)).astype(np.float32, copy=False), coarse


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
        [_fields(sequence, tile, slice(t, t + 1), plan.frames.dataset.factor)[0] for t in chosen]
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
        "protocol": PROTOCOL,
        "status": "finished",
        "reason": None,
        "role": plan.role,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "method": plan.method_summary(),
        "dataset": plan.dataset_summary(),
        "seed": plan.seed,
        "members": plan.members,
        "limit": plan.frames.limit,
        "budget": plan.budget,
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
        "metrics": {name: _metric_summary(plan, name) for name in plan.metrics.metrics},
        "scores": rows,
        "curves": curves,
        "test_evaluations": _test_evaluations(plan),
    }


def _metric_summary(plan: Plan, name: str) -> dict[str, Any]:
    entry, metric = plan.metrics.entries[name], plan.metrics.metrics[name]
    return {
        "title": entry.info.title,
        "distribution": entry.distribution,
        "unit": metric.unit,
        "direction": metric.direction,
        "range": [None if np.isinf(bound) else bound for bound in metric.range],
        "definition": metric.definition,
        "reference": metric.reference or entry.info.reference,
        "headline": metric.headline,
    }


def _test_evaluations(plan: Plan) -> int:
    """How many configurations of this method met the test split in this folder, this one included."""
    scored = {path.parents[4] for path in plan.directory.fit.parent.glob("*/samples/*/scores/*/run.json")}
    return len(scored | {plan.directory.fit})
