"""``bench validate``: predictions held against the frames that they are for."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from downbench.scoring.frames import Frames
from downbench.submission.catalogue import Finding
from downbench.submission.predictions import Predictions, find_predictions
from downbench.submission.report import Report, ordered
from downbench.submission.values import check_values


def validate(
    path: Path,
    frames: Frames,
    members: int | None = None,
    variable: str | None = None,
    units: str | None = None,
) -> Report:
    """Check predictions.

    Args:
        path: NetCDF file or zarr store, or a folder of them.
        frames: that they are for.
        members: that must be there; None takes all.
        variable: name of the rain, if there are several variables.
        units: of the rain, in place of those that the files name.
    """
    with closing(find_predictions(path, frames, variable, units)) as predictions:
        return examine(predictions, frames, members)


def examine(predictions: Predictions, frames: Frames, members: int | None) -> Report:
    """Check predictions that have been looked for."""
    findings, count = list(predictions.findings), predictions.members
    if members is not None and 0 < count < members:
        findings.append(Finding("members", f"{count} of {members}"))
    used = min(count, members or count)
    if used:
        findings += check_values(predictions, frames, used)
    return Report(
        file=predictions.path.name,
        dataset=frames.label,
        fingerprint=frames.dataset.fingerprint(),
        frames=frames.count,
        members=used,
        findings=ordered(findings),
        complete=used > 0,
    )
