"""Scored runs of one number a day, for what compares them: no files, and differences that are known."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from daily_scores import METRICS, daily


def stored(
    values,
    name="mine",
    seed=0,
    directory="run",
    metrics=("mean",),
    key="frames",
    created="2026-01-01",
    **options,
):
    """What stands for a :class:`downbench.findings.stored_run.StoredRun`.

    Args:
        values: one a day, of every metric of ``daily_scores``.
        name: of the method.
        seed: of the run.
        directory: of the scores.
        metrics: that the record names.
        key: of the data: other ones are other frames.
        created: when the run was made.
        options: of :func:`daily_scores.daily`.
    """
    statistics = daily(values, **options)
    hours = None if statistics.block is None else 24.0 * statistics.block
    frames = SimpleNamespace(key="frames", n=len(values), first="2020-03-01T00", last="later")
    record = SimpleNamespace(
        method=SimpleNamespace(
            training="pairs",
            name=name,
            distribution="mine",
            configuration={},
            preset=None,
            finishing={},
            weights=None,
            version="1",
            probabilistic=True,
            tags=[],
            submission=None,
        ),
        dataset=SimpleNamespace(
            fingerprint=key,
            label="days",
            block_bins=None,
            block_hours=hours,
            relation_text="as measured",
        ),
        track=None,
        keys=SimpleNamespace(sample=f"{name} {seed} {directory}"),
        frames=frames,
        limit=None,
        role="method",
        seed=seed,
        created=created,
        members=statistics.members,
        budget=None,
        metrics={one: SimpleNamespace(distribution="mine", version=1) for one in metrics},
        scores=[],
        files={},
    )
    path = Path(directory)
    return SimpleNamespace(
        directory=path,
        record=record,
        statistics=statistics,
        probabilistic=True,
        label=name,
        has_statistics=True,
        marks=(),
    )


def make_metrics(names):
    """In place of the registry: metrics of ``daily_scores`` by ``distribution:name``."""
    chosen = [name.split(":")[-1] for name in names]
    return SimpleNamespace(metrics={name: METRICS[name] for name in chosen})
