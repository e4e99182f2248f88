"""The statistics that describe a record: size, step, and those of the protocol's bands."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from downbench import calendar_of, spacing
from downbench_datasets.looking.target import Target
from downbench_datasets.shared.statistics import rain_statistics

MOST = 1 << 30  # bytes of rain that are read; of longer records, an even choice of stretches
_STRETCH = 8  # frames that follow each other


def describe(target: Target) -> dict[str, Any]:
    """Statistics of a whole record, or of a dataset's training split where it is not read by ``files``.

    Returns:
        ``shape``, ``step_h``, ``valid`` (share of cells), ``frames_read``, and those of
        :func:`rain_statistics`; ``kept_variance`` is that of block means of the dataset's factor.
    """
    record = target.record
    if record is not None:
        rain, factor = record.rain, int(target.settings.get("factor", _factor(target)))
        rains = [rain]
    else:
        sequences = target.dataset.open("train")
        rains, factor = [sequence.fine for sequence in sequences], target.dataset.factor
    values = np.concatenate([_read(rain, len(rains)) for rain in rains])
    times = rains[0]["time"].to_numpy()
    step = spacing(times, calendar_of(rains[0]["time"])).step if len(times) > 1 else None
    tiles = rains[0].sizes["tile"]
    shape = [sum(rain.sizes["time"] for rain in rains), *([tiles] if tiles > 1 else []), *rains[0].shape[-2:]]
    return {
        "data": target.label,
        "shape": shape,
        "step_h": None if step is None else float(step / np.timedelta64(1, "h")),
        "valid": float(np.isfinite(values).mean()),
        "frames_read": len(values),
        "factor": factor,
        **{key: _finite(value) for key, value in rain_statistics(values, factor).items()},
    }


def _factor(target: Target) -> int:
    return 8 if target.name == "files" else target.dataset.factor


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _read(rain: xr.DataArray, records: int) -> np.ndarray:
    """All frames, or stretches of consecutive ones spread over a record that is too long to be held."""
    most = max(_STRETCH, MOST // records // max(1, rain.nbytes // max(1, rain.sizes["time"])))
    frames = rain.sizes["time"]
    if frames <= most:
        return np.asarray(rain.to_numpy())
    starts = np.linspace(0, frames - _STRETCH, most // _STRETCH).astype(int)
    return np.asarray(rain.isel(time=np.unique(starts[:, None] + np.arange(_STRETCH))).to_numpy())
