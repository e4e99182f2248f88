"""Predictions in memory, found and read as those of a file that is handed in."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import xarray as xr

from downbench.dates import undecoded
from downbench.errors import DownbenchWarning, UserError
from downbench.scoring.frames import Frames
from downbench.submission.catalogue import CHECKS
from downbench.submission.predictions import Predictions, find_in

Fields = xr.DataArray | xr.Dataset
_EXPECTED = ("units-missing",)  # what has no units is in mm/h, as documented


def find_ensembles(predictions: Fields | Mapping[str, xr.DataArray], frames: Frames) -> Predictions:
    """Find the predictions of some frames: dims, times, places, units and members, as ``bench submit`` does.

    Args:
        predictions: one array for all sequences, a dataset of them, or one for each by its name.
        frames: that are scored.

    Raises:
        UserError: something stands in the way; the message is that of ``bench validate``.
    """
    found = find_in(_groups(predictions), frames)
    errors = [finding for finding in found.findings if finding.severity == "error"]
    if errors:
        first = errors[0]
        check = CHECKS[first.check]
        raise UserError(
            f"the predictions cannot be scored ({first.check}): {check.meaning} {first.message}", check.remedy
        )
    for finding in found.findings:
        if finding.severity == "warning" and finding.check not in _EXPECTED:
            text = f"predictions: {CHECKS[finding.check].meaning} {finding.message}"
            warnings.warn(text, DownbenchWarning, stacklevel=3)
    return found


def _groups(predictions: Fields | Mapping[str, xr.DataArray]) -> dict[str, xr.Dataset]:
    """As the groups of a file; times are not decoded there."""
    if isinstance(predictions, xr.DataArray):
        return {"": _dataset(predictions)}
    if isinstance(predictions, xr.Dataset):
        return {"": undecoded(predictions)}
    return {"": xr.Dataset(), **{str(name): _dataset(field) for name, field in predictions.items()}}


def _dataset(field: xr.DataArray) -> xr.Dataset:
    free = field.name is not None and field.name not in (*field.dims, *field.coords)
    return undecoded(field.to_dataset(name=field.name if free else "precipitation"))
