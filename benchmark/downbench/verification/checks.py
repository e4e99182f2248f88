"""Every metric's independent path: what works it out, by which package, and how far ours may be from it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Literal, NamedTuple

from downbench.verification import distribution, ensemble, spatial, temporal
from downbench.verification.fields import Subset


class Check(NamedTuple):
    """An independent path.

    Ours may differ by ``absolute + relative * |theirs|`` (or ``* scale``); ``why`` says what sets it.
    ``on``: the scene of a few frames of all tiles, or the sequence of more frames of a part of one tile.
    ``often``: our value is that of the frames a thousand times over, since few values give none.
    """

    work: Callable[[Subset], dict[str, float]]
    by: str
    relative: float
    absolute: float
    why: str
    on: Literal["scene", "sequence"] = "scene"
    package: str = ""
    often: bool = False
    scale: Callable[[Subset], float] | None = None

    @property
    def is_installed(self) -> bool:
        """Whether the package is there; always for what the suite depends on."""
        return not self.package or find_spec(self.package) is not None


_FLOAT32 = "the engine takes fields in float32"
_ORDER = "sums in another order"
_COUNTS = "counts are exact"
_BINS = "bins of the histogram, docs/metrics.md"
CHECKS = {
    "crps": Check(ensemble.crps, "properscoring, made fair", 2e-5, 1e-7, _FLOAT32),
    "crps-skill": Check(ensemble.crps_skill, "properscoring, numpy", 4e-5, 4e-5, _FLOAT32),
    "twcrps": Check(ensemble.twcrps, "properscoring, made fair", 2e-5, 1e-7, _FLOAT32),
    "brier": Check(ensemble.brier, "xskillscore.brier_score", 1e-9, 1e-9, _COUNTS),
    "reliability": Check(ensemble.reliability, "numpy", 1e-9, 1e-9, _COUNTS),
    "ranks": Check(ensemble.ranks, "numpy", 1e-9, 1e-9, _COUNTS),
    "coverage": Check(ensemble.coverage, "numpy", 1e-9, 1e-9, _COUNTS),
    "spread-skill": Check(ensemble.spread_skill, "xskillscore.mse, numpy", 2e-5, 2e-5, _FLOAT32),
    "energy-score": Check(ensemble.energy_score, "numpy.linalg.norm", 2e-5, 1e-6, _FLOAT32),
    "variogram-score": Check(ensemble.variogram_score, "numpy", 2e-5, 1e-6, _FLOAT32),
    "mse": Check(ensemble.mse, "xskillscore.mse, numpy", 2e-5, 1e-6, _FLOAT32),
    "emd": Check(distribution.emd, "scipy.stats.wasserstein_distance", 2**-8, 2**-13, _BINS),
    "quantiles": Check(distribution.quantiles, "numpy.quantile", 2**-7, 2**-13, _BINS),
    "quantile-ratios": Check(
        distribution.quantile_ratios,
        "numpy.quantile",
        2**-6,
        2**-6,
        f"{_BINS}, of both quantiles",
        often=True,
    ),
    "top": Check(
        distribution.top,
        "numpy.argsort",
        2**-7,
        2**-13,
        f"{_BINS}, of p99.9 in truth and ensemble",
        often=True,
        scale=distribution.top_scale,
    ),
    "perkins": Check(distribution.perkins, "numpy.histogram", 1e-9, 1e-9, _ORDER),
    "wet-fraction": Check(distribution.wet_fraction, "numpy", 1e-6, 1e-9, _FLOAT32),
    "intensity": Check(distribution.intensity, "numpy", 1e-6, 1e-6, _ORDER),
    "bias": Check(distribution.bias, "numpy", 1e-5, 1e-6, _FLOAT32),
    "psd": Check(spatial.psd, "pysteps rapsd, scipy", 1e-3, 1e-3, "transforms in float32", package="pysteps"),
    "sae": Check(spatial.sae, "xskillscore.pearson_r", 1e-6, 1e-7, _ORDER),
    "sae-raw": Check(spatial.sae_raw, "numpy.cov", 1e-6, 1e-7, _ORDER),
    "fss": Check(spatial.fss, "scipy.ndimage.uniform_filter", 2e-5, 2e-5, _FLOAT32),
    "sal": Check(spatial.sal, "scipy.ndimage of objects", 1e-6, 1e-6, _ORDER),
    "pattern-bias": Check(spatial.pattern_bias, "xskillscore.rmse", 2e-5, 1e-6, _FLOAT32),
    "recoarsening": Check(spatial.recoarsening, "numpy", 1e-5, 1e-7, _FLOAT32),
    "lag1": Check(temporal.lag1, "xskillscore.pearson_r", 1e-6, 1e-7, _ORDER, "sequence"),
    "tendency": Check(temporal.tendency, "scipy.stats.wasserstein_distance", 2**-5, 2**-9, _BINS, "sequence"),
    "temporal-spectrum": Check(
        temporal.temporal_spectrum, "scipy.signal.periodogram", 1e-5, 1e-6, _ORDER, "sequence"
    ),
    "spells": Check(
        temporal.spells, "numpy, scipy.stats.wasserstein_distance", 1e-9, 1e-9, _COUNTS, "sequence"
    ),
    "warping": Check(
        temporal.warping,
        "numpy, block matching",
        2e-3,
        2e-3,
        "float32; displacements that fit equally well to rounding",
        "sequence",
    ),
    "seams": Check(temporal.seams, "numpy", 1e-5, 1e-5, _FLOAT32, "sequence"),
}
