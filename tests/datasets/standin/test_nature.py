"""How much of the rain can be foretold from the frame before: in the stand-in no more than in nature."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from downbench import block_mean, upsample
from downbench_datasets.standin import blocks

BOX, REACH = 24, 10  # cells


def _best_shift(now, around):
    """Rows and columns by which the box of the frame before fits best (correlation of log rain)."""
    boxes = np.lib.stride_tricks.sliding_window_view(np.log1p(10 * around), (BOX, BOX))
    here = np.log1p(10 * now)
    boxes, here = boxes - boxes.mean((2, 3), keepdims=True), here - here.mean()
    fit = (boxes * here).sum((2, 3)) / np.sqrt((boxes**2).sum((2, 3)) * (here**2).sum() + 1e-9)
    return np.unravel_index(fit.argmax(), fit.shape)


def _lag1(sequences):
    """Correlation of rain and of its detail with the frame before, still and moved."""
    pairs = {"still": [], "moved": [], "still detail": [], "moved detail": []}
    for rain in sequences:
        detail = rain - upsample(block_mean(np.nan_to_num(rain), 8), 8, "bilinear")
        for t in range(1, len(rain)):
            for y in range(REACH, rain.shape[1] - BOX - REACH + 1, BOX):
                for x in range(REACH, rain.shape[2] - BOX - REACH + 1, BOX):
                    box = (slice(y, y + BOX), slice(x, x + BOX))
                    around = rain[t - 1, y - REACH : y + BOX + REACH, x - REACH : x + BOX + REACH]
                    if not np.isfinite(around).all() or (rain[t][box] > 0.1).mean() < 0.1:
                        continue
                    row, column = _best_shift(rain[t][box], around)
                    rows, columns = y - REACH + row, x - REACH + column
                    moved = (slice(rows, rows + BOX), slice(columns, columns + BOX))
                    for name, field in (("", rain), (" detail", detail)):
                        pairs["still" + name].append((field[t - 1][box], field[t][box]))
                        pairs["moved" + name].append((field[t - 1][moved], field[t][box]))
    return {
        name: np.corrcoef(*(np.ravel([p[k] for p in found]) for k in (0, 1)))[0, 1]
        for name, found in pairs.items()
    }


def test_no_easier_to_foretell_than_nature(shared_data):
    real = xr.open_dataset(shared_data / "mrms_qpe_201609_east_25km_3h.nc")["precipitation"].values
    made = [blocks.block_of(blocks.Parameters(96), tile, block)[0] for tile in range(6) for block in (0, 30)]
    nature, standin = _lag1([real]), _lag1(made)
    # Three days of real rain give 44 boxes: their correlations are uncertain by about 0.05.
    assert standin == pytest.approx(nature, abs=0.06)
    assert standin["moved"] > standin["still"] + 0.05  # it moves
