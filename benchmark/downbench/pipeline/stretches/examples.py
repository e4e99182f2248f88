"""The frames of a run that are kept to be looked at: the same for every method on the same frames."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.dates import calendar_attributes
from downbench.scoring.frames import Frames
from downbench.scoring.reading import read_fields


def example_fields(frames: Frames, members_at: Callable[[int, int], NDArray[np.float32]]) -> xr.Dataset:
    """Coarse rain, truth and members of the chosen frames.

    Args:
        frames: that are scored.
        members_at: gives the members (member, y, x) of a tile and frame of the first sequence.
    """
    sequence = frames.sequences[0]
    tile, chosen = frames.shown
    rain = sequence.coarse["precipitation"].isel(time=sequence.coarse_frames(slice(None)))
    members = np.stack([members_at(tile, t) for t in chosen], axis=1)
    truth = np.concatenate(
        [read_fields(sequence, tile, slice(t, t + 1), frames.dataset.factor)[0] for t in chosen]
    )
    return xr.Dataset(
        {
            "coarse": (("time", "Y", "X"), rain.isel(tile=tile, time=chosen).to_numpy()),
            "truth": (("time", "y", "x"), truth),
            "members": (("member", "time", "y", "x"), members),
        },
        coords={"time": ("time", sequence.times[chosen], calendar_attributes(sequence.calendar))},
        attrs={
            "units": "mm/h",
            "tile": int(sequence.fine["tile"].to_numpy()[tile]),
            "sequence": sequence.name,
        },
    )
