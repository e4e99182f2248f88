"""``space-time-diffusion``: super-resolution in space and time at once, by a mean and residual diffusion.

After the scale-adaptive framework of Defez et al. 2026 (arXiv 2604.21903), of which the abstract and reviews
are known here, and no code: a network with attention predicts the conditional mean of a clip, a conditional
diffusion model what is left, and a transform may keep the amount of rain; for another pair of factors three
parameters are tuned anew. Ours are the networks (those of ``stvd``), the way in which coarse frames are laid
out at fine times, and that totals are kept exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
import xarray as xr
from pydantic import PositiveInt

from downbench import FieldSequence, FitContext, SampleContext, parameter
from downbench_methods.base.sampling import Array, Tile
from downbench_methods.diffusion.method import DiffusionMethod
from downbench_methods.diffusion.stvd import STVD, STVDConfig, STVDModel
from downbench_methods.space_time.frames import at_fine_times, derived, keep_totals, sequence_at_fine_times
from downbench_methods.training.presets import Presets, merge


class SpaceTimeConfig(STVDConfig):
    """Parameters; for another pair of factors, ``schedule_shift``, ``clip`` and ``context`` want tuning."""

    context: PositiveInt = parameter(
        1, "Coarse frames before and after a fine one whose rain is seen.", "coarse frames"
    )
    keep_totals: bool = parameter(
        False, "Whether samples are scaled to give back the coarse rain over its cells and time."
    )
    conserve: Literal[False] = parameter(
        False, "Not frame by frame: rain may fall in a part of a coarse frame's time; see keep_totals."
    )
    predictors: Literal["all"] = parameter(
        "all", "The networks see all coarse fields, the frames around among them."
    )


# a frame then depends on three before it, whose coarse frames and those around lie within most gaps
SHORT = {"clip": 3, "overlap": 1}
KEPT = {"conserve": False, "keep_totals": True, **SHORT}


class SpaceTimeDiffusion(DiffusionMethod[SpaceTimeConfig]):
    """Space-time U-Nets, for the mean of a clip of fine frames and for what is left of it."""

    Config = SpaceTimeConfig
    coarse_share = 0.0
    Model = STVDModel
    where_not_mean: ClassVar = {"keep_totals": False}
    presets: ClassVar[Presets] = merge(
        STVD.presets,
        smoke=KEPT,
        tiny={**KEPT, "batch": 5},
        small={**KEPT, "batch": 10},
        paper=SHORT,
    )

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Train on clips of fine frames, with the coarse frames laid out at their times.

        Raises:
            UserError: as of :meth:`NetworkMethod.fit`.
            RunFailed: training diverged.
        """
        around = self.config.context
        ours, theirs = (
            tuple(sequence_at_fine_times(sequence, around) for sequence in split)
            for split in (train, validation)
        )
        super().fit(ours, theirs, replace(context, time_factor=1))

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield whole coarse frames, (member, time, y, x) in mm/h."""
        times, k = context.fine_times(coarse["time"].to_numpy()), context.time_factor
        total = coarse["precipitation"].to_numpy()
        fine = Tile(at_fine_times(coarse, times, k, self.config.context), static, context.factor)
        at = context.start * k
        held = np.empty((members, 0, *fine.size), np.float32)  # frames from ``at`` on
        within = replace(context, start=at, time_factor=1)
        for frames, rain in self.parts(fine, members, within):
            early = at + held.shape[1] - frames[0]
            held = np.concatenate([held, rain[:, max(early, 0) :]], 1)
            if whole := held.shape[1] // k:
                part = slice(at // k, at // k + whole)
                made = self.in_all(held[:, : whole * k], total[part], fine)
                context.progress(part.stop, len(total), "")
                coords = {"time": times[at : at + whole * k]}
                yield xr.DataArray(made, dims=("member", "time", "y", "x"), coords=coords)
                held, at = held[:, whole * k :], at + whole * k

    def in_all(self, rain: Array, coarse: Array, tile: Tile) -> Array:
        """Calibrate rain of whole coarse frames and keep their totals, as far as the configuration says."""
        config, calibration = self.config, self.finisher.calibration
        if calibration is not None and config.calibrate:
            rain = calibration(rain)
        return keep_totals(rain, coarse, tile.factor, tile.area) if config.keep_totals else rain

    def inputs(self) -> tuple[str, ...]:
        """Without what is made of the coarse rain here."""
        own = derived(self.config.context)
        return tuple(name for name in super().inputs() if name not in own)

    @classmethod
    def finishing(cls, config: SpaceTimeConfig) -> dict[str, str]:
        """What finishes the samples of a configuration."""
        return {**({"conserve": "on"} if config.keep_totals else {}), **super().finishing(config)}

    @classmethod
    def parameters(cls, config: SpaceTimeConfig, predictors: int) -> dict[str, Any]:
        """Number of parameters by network, for so many coarse channels of the dataset."""
        return dict(super().parameters(config, predictors + len(derived(config.context))))
