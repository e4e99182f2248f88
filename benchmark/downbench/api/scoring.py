"""``downbench.score``: an ensemble in memory against its truth, with the numbers of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from downbench.api.ensembles import find_ensembles
from downbench.api.tables import score_frame
from downbench.contracts.dataset import Dataset
from downbench.errors import UserError
from downbench.pipeline.metric_set import make_metrics
from downbench.pipeline.write_scores import work_out_scores
from downbench.plugins.session import registry
from downbench.scoring.frames import open_frames
from downbench.scoring.reading import chunk_of, chunk_tasks, new_accumulator
from downbench.scoring.regions import parse_region

Fields = xr.DataArray | xr.Dataset


def score(
    predictions: Fields | Mapping[str, xr.DataArray],
    truth: Fields | Dataset,
    coarse: Fields | int | None = None,
    *,
    metric: str | Sequence[str] | None = None,
    region: str | Sequence[str] | None = None,
    hours: bool = False,
    limit: int | None = None,
) -> pd.DataFrame:
    """Score predictions in memory as ``bench run`` scores its own, to the last digit.

    Args:
        predictions: rain (member, time, y, x), or (time, y, x) of one member; with ``tile`` where the truth
            has tiles. In mm/h unless the attribute ``units`` says otherwise. What ``Run.predictions()``
            gives is taken as it is, and so are arrays by the name of their sequence.
        truth: fine rain (time, y, x), in mm/h likewise, all of which is scored; or a dataset, as
            :func:`downbench.open_dataset` gives it, whose test split is scored.
        coarse: coarse rain of the same times, or the number of fine cells along the edge of a coarse one,
            whose means then stand for it. A dataset has its own.
        metric: name, or several; the standard set by default.
        region: a region of your own, ``name=lonmin,latmin,lonmax,latmax`` or ``name=FILE``, or several.
        hours: also work out the scores by hour of day.
        limit: score only the first time steps.

    Returns:
        A row for each value: ``metric``, ``component``, ``region``, ``season``, ``value``, ``low``, ``high``
        (95 % interval), ``unit``, ``n``, ``n_eff``, ``members``, and the reason where there is none.

    Raises:
        UserError: times, places, units or sizes do not fit together; rain is missing or impossible.
    """
    regions = tuple(parse_region(text) for text in _several(region))
    frames = open_frames(dataset_of(truth, coarse), limit, regions)
    ensembles = find_ensembles(predictions, frames)
    metrics = make_metrics(_several(metric) or None).metrics
    members = ensembles.members
    accumulator = new_accumulator(frames, dict(metrics), members)
    for task in chunk_tasks(frames, members, accumulator.past):
        first = max(0, task.start - accumulator.past)
        located = ensembles.sequences[frames.sequences[task.sequence].name]
        values = located.read(task.tile, slice(first, task.stop), members)
        accumulator.add(chunk_of(frames, task, np.maximum(values, np.float32(0))))  # clipped as in a run
    outcome = work_out_scores(accumulator.statistics(), metrics, members > 1, hours)
    return score_frame(outcome.rows)


def dataset_of(truth: Fields | Dataset, coarse: Fields | int | None) -> Dataset:
    """The dataset that truth and coarse rain are.

    Raises:
        UserError: one of them is missing or too many, or they do not fit together.
    """
    if isinstance(truth, Dataset):
        if coarse is not None:
            raise UserError("a dataset has coarse rain of its own", "leave `coarse` out")
        return truth
    if coarse is None:
        raise UserError(
            "coarse rain is missing",
            "give it as `coarse`, or the number of fine cells along the edge of a coarse one: coarse=8",
        )
    return registry().find("dataset", "files").load().of_fields(truth, coarse)


def _several(names: str | Sequence[str] | None) -> list[str]:
    return [names] if isinstance(names, str) else list(names or [])
