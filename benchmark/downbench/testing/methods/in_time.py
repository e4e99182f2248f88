"""Does a method look at the frames that it says it looks at, and begin and end at any frame?"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import xarray as xr

from downbench.contracts.dataset import FieldSequence
from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.methods.at_work import CONTEXT, FRAMES, Fields, MethodAtWork
from downbench.testing.methods.random_numbers import alike
from downbench.testing.rain import SQUARE, moving_rain

MOST = 24  # frames that are sampled to see what a method looks at
STARTS = (1, 4, 6)
_FRAMES = ("finite", "same-seed")


@check(
    "draw noise by time, and begin batches at multiples of their length, whatever frame comes first",
    ["finite", "same-seed"],
)
def any_start(method: MethodAtWork) -> None:
    """Sampling that begins at a later frame gives the same frames, to the bit where `cuts` has "time"."""
    exact = "time" in method.code.cuts(method.config, method.info.cuts)
    for start in STARTS:
        part, whole = method.sample(method.scene, replace(CONTEXT, start=start)), method.ensemble[:, start:]
        if exact and alike(part, whole) and not np.array_equal(part, whole):
            raise Failed(
                f"sampling from frame {start} on gives frames that differ by up to "
                f"{np.abs(part - whole).max():.1g} mm/h",
                method.at,
                "what says cuts=('tile', 'time') is the same to the bit: begin batches at multiples of their "
                "length, or leave 'time' out of cuts",
            )
        if not alike(part, whole):
            raise Failed(f"sampling from frame {start} on gives other frames than sampling all", method.at)


@lru_cache(maxsize=1)
def _looks(method: MethodAtWork) -> dict[str, bool]:
    """Whether a frame depends on frames before and after those that the description allows."""
    info = method.info
    if info.whole_record:
        raise NotApplicable("it says that it takes statistics of the whole record")
    frames, frame = max(FRAMES, info.past + info.future + 3), info.past + 1
    if frames > MOST:
        raise NotApplicable(
            f"it looks at {info.past + info.future + 1} frames, which takes too long to check"
        )
    scene = method.scene if frames == FRAMES else moving_rain(frames, 2, SQUARE)
    own = method.ensemble[:, frame] if scene is method.scene else _frame(method, scene, frame)
    before, after = slice(0, frame - info.past), slice(frame + info.future + 1, None)
    if alike(_frame(method, _with_others(scene, before, after), frame), own):
        return {"past": False, "future": False}
    looks = {"past": before, "future": after}
    return {
        name: not alike(_frame(method, _with_others(scene, part), frame), own) for name, part in looks.items()
    }


def _with_others(scene: FieldSequence, *parts: slice) -> FieldSequence:
    """The same rain, but other rain in some frames."""
    other = moving_rain(scene.coarse.sizes["time"], 3, SQUARE).coarse
    changed = scene.coarse.copy(deep=True)
    for name in changed:
        for part in parts:
            changed[name][part] = 2 * other[name][part].to_numpy() + 0.1
    return replace(scene, coarse=changed)


def _frame(method: MethodAtWork, scene: FieldSequence, frame: int) -> Fields:
    """One frame of the ensemble (member, y, x), of a sampling that begins with it."""
    parts = method.sampled(scene, replace(CONTEXT, start=frame))
    wanted = [part.sel(time=part["time"] == scene.times[frame]) for part in parts]
    return xr.concat(wanted, "time").transpose("member", "time", "y", "x").to_numpy()[:, 0]


@check(
    "say how many coarse frames after a frame it looks at, MethodInfo(future=1), or that it takes statistics "
    "of the whole record, MethodInfo(whole_record=True)",
    _FRAMES,
)
def future(method: MethodAtWork) -> None:
    """Other rain in the frames after those that `future` allows changes nothing."""
    if _looks(method)["future"]:
        raise Failed(
            f"it looks further ahead than the {method.info.future} frames of its MethodInfo", method.at
        )


@check(
    "say how many coarse frames before a frame it looks at, MethodInfo(past=1), or that it takes statistics "
    "of the whole record, MethodInfo(whole_record=True)",
    _FRAMES,
)
def past(method: MethodAtWork) -> None:
    """Other rain in the frames before those that `past` allows changes nothing."""
    if _looks(method)["past"]:
        raise Failed(f"it looks further back than the {method.info.past} frames of its MethodInfo", method.at)


@check(
    "take the sizes from coarse and frame numbers from coarse['time'], not from what was fitted on",
    ["finite", "same-seed"],
)
def one_frame(method: MethodAtWork) -> None:
    """A record of a single frame can be sampled."""
    got = method.sample(moving_rain(1, 4, SQUARE))
    if not np.isfinite(got).all():
        raise Failed("rain is missing", method.at)


CHECKS = (any_start, future, past, one_frame)
