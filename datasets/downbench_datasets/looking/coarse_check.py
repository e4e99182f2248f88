"""Coarse fields of a dataset held against the block means of its fine fields."""

from __future__ import annotations

import numpy as np
import xarray as xr

from downbench import Dataset, UserError, block_mean
from downbench_datasets.files.notes import coverage_notes
from downbench_datasets.looking.findings import Finding, ok

EQUAL = 0.01  # of the spread of the means: how far coarse rain may be off that counts as their mean
_FRAMES = 48


def check_coarse(dataset: Dataset, rain: xr.DataArray | None = None) -> Finding:
    """Correlation, ratio and difference of coarse rain and block means, over frames of the test split.

    Args:
        dataset: with coarse and fine rain.
        rain: fine rain of the files (time, tile, y, x), before cells that no whole coarse cell covers are
            masked.
    """
    ours, theirs = [], []
    for sequence in dataset.open("test"):
        step = max(1, len(sequence.times) // _FRAMES)
        frames = slice(0, None, step)
        fine = sequence.fine.isel(time=frames)
        coarse = sequence.coarse["precipitation"].isel(time=slice(sequence.warmup, None)).isel(time=frames)
        if fine.sizes["time"] != coarse.sizes["time"]:
            return Finding("coarse", "note", "coarse and fine fields have different steps", ())
        area = sequence.static["area"].to_numpy().astype(float) if "area" in sequence.static else None
        ours.append(np.asarray(block_mean(fine.to_numpy(), dataset.factor, area)).ravel())
        theirs.append(coarse.to_numpy().ravel())
    means, given = np.concatenate(ours).astype(float), np.concatenate(theirs).astype(float)
    both = np.isfinite(means) & np.isfinite(given)
    if not both.any():
        return Finding("coarse", "wrong", "no coarse cell of the test split is valid", (), "is it masked?")
    means, given = means[both], given[both]
    spread = float(means.std()) or 1.0
    difference = float(np.sqrt(np.mean((given - means) ** 2)))
    if difference <= EQUAL * spread:
        said = f"coarse rain is the mean of {dataset.factor} x {dataset.factor} fine cells"
        few = coverage_notes(rain, dataset.factor) if rain is not None else []
        return Finding("coarse", "note", f"{said}; {few[0]}", ()) if few else ok("coarse", said)
    r = float(np.corrcoef(means, given)[0, 1]) if given.std() > 0 and means.std() > 0 else 0.0
    ratio = float(given.mean() / means.mean()) if means.mean() > 0 else float("nan")
    said = f"r {r:.2f}, ratio {ratio:.2f}, RMS difference {difference:.2g} mm/h to the mean of the fine rain"
    if r < 0.2:
        return Finding(
            "coarse", "wrong", f"{said}: hardly related", (), "are times or rows of the two sides the same?"
        )
    return Finding("coarse", "note", f"coarse rain is of its own: {said}", (), "tables say so")


def check_splits(dataset: Dataset) -> Finding:
    """The splits that come of it, and what tables say of them."""
    said = "; ".join(f"{name}: {text}" for name, text in dataset.splits.items())
    return ok("splits", said)


def refused(check: str, error: UserError) -> Finding:
    """A check that could not be made, since the data are refused."""
    return Finding(check, "wrong", error.message, (), error.hint)
