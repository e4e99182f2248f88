"""Long roll-outs: a record folded back and forth for as long as one likes, and whether samples drift."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.stats import linregress

from downbench import FieldSequence

WET = 0.1  # mm/h
Series = Mapping[str, NDArray[np.float64]]


def folded(sequence: FieldSequence, length: int, tile: int = 0) -> tuple[xr.Dataset, NDArray[np.float32]]:
    """Coarse fields and truth (time, y, x) of a tile, back and forth in time until there are so many frames.

    Weather that runs backwards is not weather, but it is as continuous as weather, and no part of the
    roll-out has other weather than the rest.
    """
    count = len(sequence.times)
    there_and_back = [*range(count), *range(count - 2, 0, -1)]
    frames = np.resize(there_and_back, length)
    coarse = sequence.coarse.isel(tile=tile, time=sequence.coarse_frames(slice(None))[frames]).load()
    step = sequence.times[1] - sequence.times[0]
    coarse = coarse.assign_coords(time=sequence.times[0] + np.arange(length) * step)
    return coarse, sequence.fine.isel(tile=tile, time=frames).to_numpy()


def measures(rain: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """Mean, wet fraction and power at three ranges of wavelength of each frame of rain (..., time, y, x)."""
    known = np.nan_to_num(np.asarray(rain, np.float64))
    power = np.abs(np.fft.fft2(known)) ** 2 / known[0].size
    ky, kx = (np.fft.fftfreq(n) for n in known.shape[-2:])
    wave = np.hypot(ky[:, None], kx)
    bands = {"2-4": (1 / 4, 1), "4-8": (1 / 8, 1 / 4), "8-32": (1 / 32, 1 / 8)}
    values = {"mean": known.mean((-2, -1)), "wet fraction": (known > WET).mean((-2, -1))}
    for name, (low, high) in bands.items():
        values[f"power, {name} cells"] = power[..., (wave >= low) & (wave < high)].mean(-1)
    return {name: one.mean(tuple(range(one.ndim - 1))) for name, one in values.items()}


def ratios(samples: NDArray[np.floating], truth: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """Logarithm of each measure of samples (member, time, y, x) over that of the truth (time, y, x)."""
    own, true = measures(samples), measures(truth[None])
    least = {name: 1e-3 * one.mean() for name, one in true.items()}
    return {name: np.log((own[name] + least[name]) / (true[name] + least[name])) for name in own}


def drifts(series: Series, block: int) -> dict[str, tuple[float, float]]:
    """Change of each series from its first block to its last by a straight line, and the line's p-value.

    Args:
        series: by name, (time,).
        block: frames whose mean counts as one value: as long as weather and samples remember, or a whole
            turn of a folded record.
    """
    changes = {}
    for name, one in series.items():
        means = one[: len(one) // block * block].reshape(-1, block).mean(1)
        line = linregress(np.linspace(0, 1, len(means)), means)
        changes[name] = float(line.slope), float(line.pvalue)
    return changes


def drifting(
    changes: Mapping[str, tuple[float, float]], level: float = 0.01, least: float = 0.02
) -> list[str]:
    """What drifts: by more than 2 %, and by more than chance at this level over all measures together."""
    return [name for name, (change, p) in changes.items() if abs(change) > least and p < level / len(changes)]
