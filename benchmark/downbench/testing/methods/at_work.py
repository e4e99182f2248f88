"""A method at work: made, fitted and sampled as a run would do it, and what is noticed meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from downbench.contracts.configuration import Config
from downbench.contracts.dataset import FieldSequence
from downbench.contracts.method import FitContext, Method, SampleContext
from downbench.errors import DownbenchError
from downbench.global_random import seeded
from downbench.guard import defined_at, is_write, running
from downbench.pipeline.contract_check import DIMS, slices_of
from downbench.pipeline.training_data import allowed
from downbench.plugins.descriptions import MethodInfo
from downbench.read_only_fields import read_only_fields
from downbench.scoring.frames import one_tile
from downbench.testing.check import Failed
from downbench.testing.methods.sealed import Opened, truth_under_seal
from downbench.testing.rain import FACTOR, SQUARE, STEP, moving_rain

MEMBERS, FRAMES = 3, 7
CONTEXT = SampleContext(seed=7, sequence="x", tile=4, factor=FACTOR)
Fields = NDArray[np.float32]


@dataclass(eq=False)
class MethodAtWork:
    """A method that is checked.

    Args:
        info: its description.
        code: its class.
        config: its configuration.
        folder: an empty one for checkpoints and the model.
        elsewhere: samples the scene with the method restored from a folder in another process; None where
            another process cannot find the class.
        device: to compute on.
    """

    info: MethodInfo
    code: type[Method]
    config: Config
    folder: Path
    elsewhere: Callable[[Path], Fields] | None = None
    device: str = "cpu"
    touched: set[str] = field(default_factory=set)  # global random states that fit or sample changed
    opened: list[Opened] = field(default_factory=list)  # test splits, which are under seal
    writes: list[DownbenchError] = field(default_factory=list)  # attempts to write into what it was handed
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def what(self) -> str:
        """For messages."""
        return f"method {self.info.name!r}"

    @property
    def at(self) -> str:
        """Where ``sample`` is defined."""
        return defined_at(self.code.sample)

    @property
    def members(self) -> int:
        """How many are asked for."""
        return MEMBERS if self.info.probabilistic else 1

    @cached_property
    def scene(self) -> FieldSequence:
        """What it is sampled on: a square tile."""
        return moving_rain(FRAMES, 2, SQUARE)

    @cached_property
    def fitted(self) -> Method:
        """The method, fitted."""
        started = time.perf_counter()
        try:
            method = self._fit(protected=True)
        except DownbenchError as error:
            if not is_write(error.__cause__):
                raise
            self.writes.append(error)
            method = self._fit(protected=False)
        self.seconds["fit"] = time.perf_counter() - started
        return method

    def _fit(self, protected: bool) -> Method:
        checkpoints = self.folder / "checkpoints"
        checkpoints.mkdir(exist_ok=True)
        context = FitContext(seed=1, directory=checkpoints, device=self.device, factor=FACTOR)
        handed = tuple(_handed(moving_rain(*one), protected) for one in ((24, 0), (8, 1)))
        train, validation = allowed(handed, self.info)
        with running(self.what, self.code):
            method = self.code(self.config)
        with seeded(11) as touched, truth_under_seal(self.opened), running(self.what, self.code):
            method.fit((train,), (validation,), context)
        self.touched |= {f"fit() changes {one}" for one in touched}
        return method

    @cached_property
    def model(self) -> Path:
        """The folder that it was saved to."""
        folder = self.folder / "model"
        folder.mkdir(exist_ok=True)
        with running(self.what, self.code):
            self.fitted.save(folder)
        if not any(folder.iterdir()):
            raise Failed(
                f"{self.what}: save() wrote nothing",
                defined_at(self.code.save),
                "call super().save(directory), which keeps the configuration, and write what was fitted too",
            )
        return folder

    @cached_property
    def slices(self) -> list[xr.DataArray]:
        """What it yields for the scene, as it is."""
        started = time.perf_counter()
        parts = self.sampled(self.scene)
        spent = time.perf_counter() - started
        self.seconds["sampling a frame and member"] = spent / (FRAMES * self.members)
        return parts

    @cached_property
    def ensemble(self) -> Fields:
        """The same as (member, time, y, x)."""
        return self.joined(self.slices, self.scene)

    def sampled(
        self,
        scene: FieldSequence,
        context: SampleContext = CONTEXT,
        members: int | None = None,
        seed_of_others: int = 12,
    ) -> list[xr.DataArray]:
        """Slices that it yields for the only tile of a scene, as they are.

        Args:
            scene: whose coarse and static fields it is handed.
            context: of the tile.
            members: as many as usual by default.
            seed_of_others: that global random generators are given before.
        """
        coarse, static = one_tile(scene.coarse, 0), one_tile(scene.static, 0)
        context = replace(
            context, device=self.device, time_factor=scene.time_factor, step=STEP / scene.time_factor
        )
        count = self.members if members is None else members
        with seeded(seed_of_others) as touched, truth_under_seal(self.opened):
            try:
                parts = list(slices_of(self.fitted, self.info.name, coarse, static, count, context))
            except DownbenchError as error:
                if not is_write(error.__cause__):
                    raise
                self.writes.append(error)
                coarse, static = coarse.copy(deep=True), static.copy(deep=True)
                parts = list(slices_of(self.fitted, self.info.name, coarse, static, count, context))
        self.touched |= {f"sample() changes {one}" for one in touched}
        return parts

    def sample(
        self, scene: FieldSequence, context: SampleContext = CONTEXT, members: int | None = None
    ) -> Fields:
        """The ensemble (member, time, y, x) of the frames from ``context.start`` on."""
        return self.joined(self.sampled(scene, context, members), scene, context.start)

    def joined(self, parts: list[xr.DataArray], scene: FieldSequence, start: int = 0) -> Fields:
        """Slices put together, without the frames before the one that was wanted.

        Raises:
            Failed: dims, times or sizes are not what they must be.
        """
        times = scene.times[start * scene.time_factor :]
        if not parts:
            raise Failed("sample() yielded nothing", self.at)
        if wrong := [part.dims for part in parts if set(part.dims) != set(DIMS) or "time" not in part.coords]:
            raise Failed(f"sample() yielded the dims {wrong[0]} or no times", self.at)
        whole = xr.concat(
            [part.transpose(*DIMS) for part in parts], "time", coords="minimal", compat="override"
        )
        whole = whole.isel(time=whole["time"].to_numpy() >= times[0])
        want = (len(times), *scene.fine.shape[2:])
        if whole.shape[1:] != want or not np.array_equal(whole["time"].to_numpy(), times):
            raise Failed(
                f"sample() yielded (time, y, x) of the sizes {whole.shape[1:]} where {want} were due, "
                "or other times than those that were asked for",
                self.at,
            )
        return whole.to_numpy().astype(np.float32, copy=False)


def _handed(sequence: FieldSequence, protected: bool) -> FieldSequence:
    """A sequence as a run hands it over: nobody can write into it."""
    if not protected:
        return sequence
    guarded: dict[str, Any] = {
        name: read_only_fields(getattr(sequence, name)) for name in ("coarse", "fine", "static")
    }
    return replace(sequence, **guarded)
