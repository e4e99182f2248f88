"""RainFARM as pysteps has it: correlated log-normal noise, scaled so that the coarse rain is given back.

Rebora et al. 2006 (doi:10.1175/JHM517.1); D'Onofrio et al. 2014 (doi:10.1175/JHM-D-13-096.1). In space alone:
frames have independent noise, since pysteps has no downscaling in time.
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
import xarray as xr
from numpy.typing import NDArray
from pydantic import Field

from downbench import Config as _Config
from downbench import FieldSequence, FitContext, Method, SampleContext, UserError, fill_nearest
from downbench_methods.fields.mass import conserve
from downbench_methods.statistical.archive import spread_frames

FRAMES = 50  # training frames that the slope is estimated on
FALLBACK = 2.0  # slope where no training frame has one


class RainFarmConfig(_Config):
    """Parameters of ``rainfarm``."""

    slope: float | None = None  # of the noise's power spectrum; None: that of the fine training fields
    kernel: Literal["gaussian", "tophat"] | None = "gaussian"  # smooths the coarse rain before it is divided
    threshold: float = Field(0.3, ge=0)  # mm/h, below which fine rain is set to zero
    conserve: bool = True  # whether samples are scaled to give the coarse rain back, for cells of their area


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


class RainFarm(Method):
    """pysteps' RainFARM, a member and frame at a time."""

    Config: ClassVar[type[_Config]] = RainFarmConfig
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        **{name: {} for name in ("smoke", "tiny", "small")},
        "paper": {"kernel": None, "threshold": 0.0, "conserve": False},
    }
    sampling_parameters = frozenset({"kernel", "threshold", "conserve"})
    slope: float = FALLBACK

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Estimate the spectral slope, the median over wet training frames."""
        _downscale()
        self.slope = self.config.slope if self.config.slope is not None else fit_slope(train)

    def sample(
        self, coarse: xr.Dataset, static: xr.Dataset, members: int, context: SampleContext
    ) -> Iterator[xr.DataArray]:
        """Yield (member, time, y, x) in mm/h; missing cells count as their nearest neighbours."""
        times = coarse["time"].to_numpy()
        area = static["area"].to_numpy() if "area" in static else None
        for t in range(context.start, len(times)):
            rain = coarse["precipitation"].isel(time=slice(t, t + 1)).to_numpy().astype(np.float32)
            filled = np.maximum(np.nan_to_num(fill_nearest(rain[0])), 0)
            now = times[t].astype("datetime64[s]")
            seeds = [context.seed_for("rainfarm", i, now) for i in range(members)]
            fine = np.stack([self._one(filled, context.factor, seed) for seed in seeds])[:, None]
            if self.config.conserve:
                fine = conserve(fine, filled[None], context.factor, area)
            yield xr.DataArray(fine, dims=("member", "time", "y", "x"), coords={"time": times[t : t + 1]})
            context.progress(t + 1, len(times), "")

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
        assert isinstance(method, cls)
        method.slope = json.loads((directory / "slope.json").read_text())
        return method


def fit_slope(train: tuple[FieldSequence, ...]) -> float:
    """Median of pysteps' slopes of fine training frames; missing cells count as dry, dry frames not."""
    found = []
    for sequence, chosen in zip(train, spread_frames(train, FRAMES), strict=True):
        for frame in chosen:
            for rain in np.nan_to_num(sequence.fine.isel(time=frame).to_numpy()):
                if rain.max() > 0:
                    with numpy_seed(0), np.errstate(divide="ignore"):
                        found.append(_downscale()(rain, 1, return_alpha=True)[1])
    finite = np.array(found)[np.isfinite(found)]
    return float(np.median(finite)) if len(finite) else FALLBACK
