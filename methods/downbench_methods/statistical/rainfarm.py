"""RainFARM as pysteps has it: correlated log-normal noise, scaled so that the coarse rain is given back.

Rebora et al. 2006 (doi:10.1175/JHM517.1); D'Onofrio et al. 2014 (doi:10.1175/JHM-D-13-096.1). In space alone:
frames have independent noise, since pysteps has no downscaling in time, nor takes noise from outside. So its
samples are scaled and calibrated as those of every ensemble, but their noise has no memory.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from downbench import FieldSequence, FitContext, SampleContext, UserError, fill_nearest, parameter
from downbench_methods.base.fit_finishing import fit_finishing
from downbench_methods.base.sampling import Array, Part, Tile, TileMethod
from downbench_methods.fields.finishing import FINISHING, FinishingConfig
from downbench_methods.statistical.archive import spread_frames

FRAMES = 50  # training frames that the slope is estimated on
FALLBACK = 2.0  # slope where no training frame has one


class RainFarmConfig(FinishingConfig):
    """Parameters of ``rainfarm``."""

    slope: float | None = parameter(
        None, "Slope of the noise's power spectrum; none takes that of the fine training fields."
    )
    kernel: Literal["gaussian", "tophat"] | None = parameter(
        "gaussian", "Kernel that smooths the coarse rain before it is divided."
    )
    threshold: float = parameter(0.3, "Fine rain below it is set to zero.", "mm/h", ge=0)
    noise_memory: Literal[0] = parameter(
        0, "Memory of noise: none, since pysteps draws the noise of a frame by itself.", "h"
    )


@lru_cache(maxsize=1)
def _downscale() -> Callable[..., Any]:
    """pysteps' function.

    Raises:
        UserError: pysteps is not installed.
    """
    try:
        with redirect_stdout(StringIO()):  # it greets at import
            from pysteps.downscaling.rainfarm import downscale
    except ImportError:
        raise UserError(
            "rainfarm needs pysteps, which is not installed", "pip install 'downbench[rainfarm]'"
        ) from None
    return downscale


@contextmanager
def numpy_seed(seed: int) -> Iterator[None]:
    """pysteps draws from numpy's global generator: seed it, and put it back as it was."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed % 2**32)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


class RainFarm(TileMethod[RainFarmConfig]):
    """pysteps' RainFARM, a member and frame at a time."""

    Config = RainFarmConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **{name: {**preset, "noise_memory": 0} for name, preset in FINISHING.items()},
        "paper": {"kernel": None, "threshold": 0.0},
    }
    remembers = False
    slope: float = FALLBACK

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Estimate the spectral slope, the median over wet training frames."""
        _downscale()
        self.slope = self.config.slope if self.config.slope is not None else fit_slope(train)
        self.finisher = fit_finishing(self, train, context)

    def parts(self, tile: Tile, members: int, context: SampleContext) -> Iterator[Part]:
        """Make the rain of one frame at a time; missing cells count as their nearest neighbours."""
        for t in range(context.start, len(tile.times)):
            filled = without_gaps(tile.rain[t])
            now = tile.times[t].astype("datetime64[s]")
            seeds = [context.seed_for("rainfarm", i, now) for i in range(members)]
            fine = np.stack([self._one(filled, context.factor, seed) for seed in seeds])[:, None]
            yield range(t, t + 1), fine

    def finished(self, rain: Array, coarse: NDArray[Any], tile: Tile) -> Array:
        """Finish rain whose coarse rain has no gaps, as it was made."""
        return super().finished(rain, without_gaps(coarse), tile)

    def _one(self, rain: NDArray[np.float32], factor: int, seed: int) -> NDArray[np.float32]:
        with numpy_seed(seed):
            fine = _downscale()(
                rain,
                factor,
                alpha=self.slope,
                threshold=self.config.threshold or None,
                kernel_type=self.config.kernel,
            )
        return np.maximum(fine, 0).astype(np.float32)

    def inputs(self) -> tuple[str, ...]:
        """Precipitation is enough."""
        return ("precipitation",)

    def save(self, directory: Path) -> None:
        """Write the configuration and the slope."""
        super().save(directory)
        (directory / "slope.json").write_text(json.dumps(self.slope))

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Restore it."""
        method = super().load(directory)
        method.slope = json.loads((directory / "slope.json").read_text())
        return method


def without_gaps(rain: NDArray[Any]) -> Array:
    """Coarse rain (..., y, x) whose missing cells have the rain of their nearest neighbours."""
    return np.maximum(np.nan_to_num(fill_nearest(rain.astype(np.float32))), 0)


def fit_slope(train: tuple[FieldSequence, ...]) -> float:
    """Median of pysteps' slopes of fine training frames with more than one value; missing cells are dry."""
    slopes = []
    for sequence, chosen in zip(train, spread_frames(train, FRAMES), strict=True):
        for frame in chosen:
            for rain in np.nan_to_num(sequence.fine.isel(time=frame).to_numpy()):
                if rain.max() > rain.min():  # else there is no spectrum
                    with numpy_seed(0), np.errstate(divide="ignore"):
                        slopes.append(_downscale()(rain, 1, return_alpha=True)[1])
    finite = np.array(slopes)[np.isfinite(slopes)]
    return float(np.median(finite)) if len(finite) else FALLBACK
