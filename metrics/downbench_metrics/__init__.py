"""Built-in metrics of downbench."""

from __future__ import annotations

from downbench import MetricInfo, hookimpl
from downbench_metrics.oracles.checks import CHECKS
from downbench_metrics.words import WORDS

_METRICS = {
    "crps": ("crps:CRPS", "Fair continuous ranked probability score", ("probabilistic",)),
    "crps-skill": ("crps_skill:CRPSSkill", "CRPS skill against bicubic interpolation", ("probabilistic",)),
    "twcrps": (
        "twcrps:ThresholdWeightedCRPS",
        "Threshold-weighted CRPS, fair",
        ("probabilistic", "extremes"),
    ),
    "brier": ("brier:Brier", "Brier score at thresholds, fair", ("probabilistic",)),
    "reliability": (
        "reliability:Reliability",
        "Reliability at thresholds",
        ("probabilistic", "calibration"),
    ),
    "ranks": ("ranks:Ranks", "Flatness of the rank histogram", ("probabilistic", "calibration")),
    "spread-skill": ("spread_skill:SpreadSkill", "Spread-skill ratio", ("probabilistic", "calibration")),
    "coverage": ("coverage:Coverage", "Coverage of the ensemble's range", ("probabilistic", "calibration")),
    "energy-score": ("energy:EnergyScore", "Energy score on patches, fair", ("probabilistic", "spatial")),
    "variogram-score": (
        "variogram:VariogramScore",
        "Variogram score on patches, fair",
        ("probabilistic", "spatial"),
    ),
    "mse": ("mse:MSE", "Mean squared error of the ensemble mean, fair", ("deterministic",)),
    "emd": ("emd:EMD", "Earth mover's distance of pooled rain", ("distribution",)),
    "quantiles": ("quantiles:Quantiles", "Errors of extreme quantiles", ("distribution", "extremes")),
    "quantile-ratios": (
        "quantile_ratios:QuantileRatios",
        "Relative errors of extreme quantiles",
        ("distribution", "extremes"),
    ),
    "top": ("top:Top", "Error of the mean of the wettest 0.1 %", ("distribution", "extremes")),
    "perkins": ("perkins:Perkins", "Perkins skill score", ("distribution",)),
    "wet-fraction": ("wet_fraction:WetFraction", "Error of the wet fraction", ("distribution",)),
    "intensity": ("intensity:Intensity", "Relative error of the intensity on wet steps", ("distribution",)),
    "psd": ("psd:PSD", "Distance of power spectra", ("spatial",)),
    "sae": ("sae:SAE", "Spatial autocorrelation error", ("spatial",)),
    "sae-raw": ("sae_raw:RawSAE", "Spatial autocorrelation error, not normalised", ("spatial",)),
    "fss": ("fss:FSS", "Fractions skill score", ("spatial",)),
    "sal": ("sal:SAL", "Structure, amplitude and location of objects", ("spatial", "slow")),
    "pattern-bias": ("pattern:PatternBias", "Pattern bias of the time mean", ("spatial",)),
    "lag1": ("lag1:Lag1", "Lag-1 autocorrelation error", ("temporal",)),
    "tendency": ("tendency:Tendency", "Distance of frame-to-frame changes", ("temporal",)),
    "temporal-spectrum": ("temporal_spectrum:TemporalSpectrum", "Distance of spectra in time", ("temporal",)),
    "spells": ("spells:Spells", "Lengths of wet and dry spells", ("temporal",)),
    "warping": ("warping:Warping", "Coherence of motion", ("temporal",)),
    "seams": ("seams:Seams", "Seams between windows of frames", ("temporal",)),
    "bias": ("bias:Bias", "Relative mass bias", ("physical",)),
    "recoarsening": ("recoarsening:Recoarsening", "Error of the re-coarsened rain", ("physical",)),
}
_NAMED_ONLY = {"sal"}  # too slow for the standard set


@hookimpl
def downbench_metrics() -> list[MetricInfo]:
    """Describe the built-in metrics."""
    return [
        MetricInfo(
            name=name,
            target=f"downbench_metrics.{target}",
            title=title,
            tags=tags,
            default=name not in _NAMED_ONLY,
            check=CHECKS[name],
            plain=WORDS[name][0],
            pitfall=WORDS[name][1],
        )
        for name, (target, title, tags) in _METRICS.items()
    ]
