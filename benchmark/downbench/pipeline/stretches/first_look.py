"""A first look at what a method yields: mistakes that give a number all the same are told in a warning.

It looks at a few frames of each stretch and costs next to nothing beside them; ``bench check`` looks closer.
"""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from downbench.contracts.dataset import FieldSequence
from downbench.errors import DownbenchWarning
from downbench.global_random import PYTHON, states
from downbench.guard import defined_at
from downbench.pipeline.contract_check import Rain
from downbench.pipeline.sampling_plan import SamplingPlan
from downbench.plausible import LIKE, unlike_in_amount, unlike_in_place
from downbench.plugins.descriptions import MethodInfo
from downbench.resampling import block_mean
from downbench.scoring.reading import coarse_rain

FRAMES = 16
RAIN = 1e-2  # mm/h; coarse rain below it on average says nothing
ADDED = 0.5  # of the mean rain, by clipping what is negative
_told: set[tuple[str, str]] = set()  # once for each ensemble


@dataclass
class FirstLook:
    """Looks at the first frames of a stretch.

    Args:
        plan: what is sampled.
        sequence: of the stretch.
        tile: of the stretch, by its index.
        stop: frame that the stretch ends before.
    """

    plan: SamplingPlan
    sequence: FieldSequence
    tile: int
    stop: int
    _means: list[NDArray[np.float32]] = field(default_factory=list)
    _first: int | None = None
    _frames: int = 0
    _alike: bool = True
    _done: bool = False
    _before: dict[str, bytes] = field(default_factory=states)

    def see(self, at: int, block: NDArray[np.float32], rain: Rain) -> None:
        """Look at a block (member, time, y, x) that begins at frame ``at``; tell once enough was seen."""
        if self._done:
            return
        part = block[:, : FRAMES - self._frames]
        self._first = at if self._first is None else self._first
        self._frames += part.shape[1]
        self._alike &= len(part) > 1 and all(np.array_equal(part[0], one, equal_nan=True) for one in part[1:])
        self._means.append(block_mean(part.mean(axis=0), self.plan.frames.dataset.factor))
        if self._frames >= FRAMES or at + block.shape[1] >= self.stop:
            self._done = True
            self._judge(rain)

    def _judge(self, rain: Rain) -> None:
        assert self._first is not None
        coarse = coarse_rain(self.sequence, self.tile, slice(self._first, self._first + self._frames))
        means = np.concatenate(self._means)
        valid = np.isfinite(means) & np.isfinite(coarse)
        self._tell_generators()
        if not valid.any() or coarse[valid].mean() < RAIN:
            return
        mean, reference = float(means[valid].mean()), float(coarse[valid].mean())
        info = self.plan.entry.info
        assert isinstance(info, MethodInfo)
        if mean == 0:
            self._tell("zero", "its rain is zero everywhere, although it rains in the coarse input")
            return
        if info.probabilistic and self._alike:
            self._tell("alike", "its members are identical, although it says that it is probabilistic")
        if LIKE in (text := unlike_in_amount(mean, reference)):
            self._tell("units", f"{text}; a method yields mm/h")
        if self.sequence.time_factor == 1 and (text := unlike_in_place(means, coarse)):
            self._tell("place", text)
        if -rain.below / max(rain.cells, 1) > ADDED * reference:
            self._tell("negative", "its rain is often negative: clipping it adds more than half of the mean")

    def _tell_generators(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # other threads of a worker may have used them
        now = states()
        changed = [name for name, state in self._before.items() if now[name] != state and name != PYTHON]
        if changed:
            self._tell(
                "generators",
                f"it draws from {' and '.join(changed)}, which no seed of the run sets: its samples cannot "
                "be made again; draw with context.normal(members, times, shape)",
            )

    def _tell(self, kind: str, text: str) -> None:
        name, key = self.plan.name, (str(self.plan.directory.sample), kind)
        if key in _told:
            return
        _told.add(key)
        warnings.warn(
            f"method {name!r}: {text} ({defined_at(self.plan.method_class.sample)})\n"
            f"  bench check {name} says more",
            DownbenchWarning,
            stacklevel=2,
        )
