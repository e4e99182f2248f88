"""From statistics to what a score directory holds: one way for a run and for one that is scored again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import xarray as xr

from downbench.contracts.metric import Metric
from downbench.files import digest_file, digest_folder
from downbench.scoring.inference.hours import hour_rows
from downbench.scoring.inference.values import Outcome, work_out_all
from downbench.scoring.statistics import Statistics
from downbench.store.record import RunRecord, write_record
from downbench.store.resamples import save_parts, save_resamples
from downbench.store.run_directory import EXAMPLES, PARTS, RESAMPLES, RUN, SCORES, STATISTICS
from downbench.store.score_table import save_scores


def work_out_scores(
    statistics: Statistics, metrics: Mapping[str, Metric], probabilistic: bool, hours: bool
) -> Outcome:
    """Values, intervals and curves of some metrics; with ``hours``, values by hour of day too."""
    outcome = work_out_all(statistics, metrics, probabilistic)
    if hours:
        outcome.rows.extend(hour_rows(statistics, metrics, probabilistic))
    return outcome


def write_scores(
    directory: Path,
    statistics: Statistics,
    outcome: Outcome,
    record: RunRecord,
    examples: xr.Dataset | None,
) -> RunRecord:
    """Write everything that a score directory holds, the record last.

    Args:
        directory: empty; its caller gives it its name when it is whole.
        statistics: that the scores were worked out from.
        outcome: the scores.
        record: of the run.
        examples: frames to look at, if there are any.

    Returns:
        The record as it was written, with the digests of the tables and examples.
    """
    statistics.save(directory / STATISTICS)
    if examples is not None:
        examples.to_zarr(directory / EXAMPLES, zarr_format=3, consolidated=False)
    save_scores(directory, record.scores)
    save_resamples(directory, outcome.drawn)
    save_parts(directory, outcome.parts)
    tables = [path for name in (SCORES, RESAMPLES, PARTS) if (path := directory / name).is_file()]
    digests = {path.name: digest_file(path) for path in tables}
    if examples is not None:
        digests[EXAMPLES] = digest_folder(directory / EXAMPLES)
    record = record.model_copy(update={"files": digests})
    write_record(directory / RUN, record)
    return record
