"""How each built-in metric is checked: what works it out, by which package, how far ours may be from it."""

from __future__ import annotations

from typing import Any, Literal

from downbench import CheckInfo


def _check(
    target: str,
    by: str,
    relative: float,
    absolute: float,
    why: str,
    on: Literal["scene", "sequence"] = "scene",
    **more: Any,
) -> CheckInfo:
    work = f"downbench_metrics.oracles.{target}"
    return CheckInfo(target=work, by=by, relative=relative, absolute=absolute, why=why, on=on, **more)


_FLOAT32 = "the engine takes fields in float32"
_ORDER = "sums in another order"
_COUNTS = "counts are exact"
_BINS = "bins of the histogram, docs/results/metrics.md"
_IN_ONE_BIN = "differences of values within one bin of the histogram"
_IN_THEIR_BINS = "quantiles anywhere in their bins of the histogram"
_CROSSING = "what bins can hide where the two distributions cross in one"
_UNCERTAIN = "downbench_metrics.oracles.crps_parts:uncertainty_scale"
CHECKS = {
    "crps": _check("ensemble:crps", "properscoring, made fair", 2e-5, 1e-7, _FLOAT32),
    "crps-skill": _check("ensemble:crps_skill", "properscoring, numpy", 4e-5, 4e-5, _FLOAT32),
    "twcrps": _check("ensemble:twcrps", "properscoring, made fair", 2e-5, 1e-7, _FLOAT32),
    "brier": _check("ensemble:brier", "xskillscore.brier_score", 1e-9, 1e-9, _COUNTS),
    "reliability": _check("ensemble:reliability", "numpy", 1e-9, 1e-9, _COUNTS),
    "roc": _check("ensemble:roc", "numpy, all pairs", 1e-9, 1e-9, _COUNTS),
    "crps-reliability": _check("crps_parts:crps_reliability", "numpy", 2e-5, 1e-7, _ORDER),
    "crps-resolution": _check(
        "crps_parts:crps_resolution", "properscoring, numpy", 2**-11, 2**-16, _IN_ONE_BIN, scale=_UNCERTAIN
    ),
    "crps-uncertainty": _check("crps_parts:crps_uncertainty", "numpy", 2**-11, 2**-16, _IN_ONE_BIN),
    "ranks": _check("ensemble:ranks", "numpy", 1e-9, 1e-9, _COUNTS),
    "coverage": _check("ensemble:coverage", "numpy", 1e-9, 1e-9, _COUNTS),
    "spread-skill": _check("ensemble:spread_skill", "xskillscore.mse, numpy", 2e-5, 2e-5, _FLOAT32),
    "energy-score": _check("ensemble:energy_score", "numpy.linalg.norm", 2e-5, 1e-6, _FLOAT32),
    "variogram-score": _check("ensemble:variogram_score", "numpy", 2e-5, 1e-6, _FLOAT32),
    "mse": _check("ensemble:mse", "xskillscore.mse, numpy", 2e-5, 1e-6, _FLOAT32),
    "emd": _check(
        "distribution:emd",
        "scipy.stats.wasserstein_distance",
        1.0,
        1e-7,
        _CROSSING,
        scale="downbench_metrics.oracles.distribution:emd_scale",
    ),
    "quantiles": _check(
        "distribution:quantiles",
        "numpy.quantile",
        2**-7,
        2**-13,
        _BINS,
        ours="downbench_metrics.extremes.quantiles:both_sides",  # a few frames are too few for the errors
    ),
    "quantile-ratios": _check(
        "distribution:quantile_ratios",
        "numpy.quantile",
        2**-6,
        2**-6,
        f"{_BINS}, of both quantiles",
        often=True,
    ),
    "qq": _check(
        "distribution:qq",
        "numpy.quantile",
        1.0,
        1e-9,
        _IN_THEIR_BINS,
        often=True,
        scale="downbench_metrics.oracles.distribution:qq_scale",
    ),
    "contribution": _check("distribution:contribution", "numpy.histogram", 1e-6, 1e-9, _ORDER),
    "top": _check(
        "distribution:top",
        "numpy.argsort",
        2**-7,
        2**-13,
        f"{_BINS}, of p99.9 in truth and ensemble",
        often=True,
        scale="downbench_metrics.oracles.distribution:top_scale",
    ),
    "perkins": _check("distribution:perkins", "numpy.histogram", 1e-9, 1e-9, _ORDER),
    "wet-fraction": _check("distribution:wet_fraction", "numpy", 1e-6, 1e-9, _FLOAT32),
    "intensity": _check("distribution:intensity", "numpy", 1e-6, 1e-6, _ORDER),
    **{
        name: _check(
            f"climate:{name}",
            "pandas",
            1e-6,
            1e-6,
            "sums in another order",
            "sequence",
            ours=f"downbench_metrics.climate.few_days:{name}",
        )
        for name in ("rx1day", "sdii", "cdd", "cwd", "r10mm", "r20mm", "r95p")
    },
    **{
        name: _check(
            "climate:sides_of_periods",
            "numpy.quantile, pandas",
            2**-7,
            2**-13,
            _BINS,
            "sequence",
            ours="downbench_metrics.climate.change:sides_of_periods",  # a few frames are too few for changes
        )
        for name in ("change-error", "change-signal")
    },
    "bias": _check("distribution:bias", "numpy", 1e-5, 1e-6, _FLOAT32),
    "psd": _check(
        "spatial:psd", "pysteps rapsd, scipy", 1e-3, 1e-3, "transforms in float32", package="pysteps"
    ),
    "sae": _check("spatial:sae", "xskillscore.pearson_r", 1e-6, 1e-7, _ORDER),
    "sae-raw": _check("spatial:sae_raw", "numpy.cov", 1e-6, 1e-7, _ORDER),
    "fss": _check("spatial:fss", "scipy.ndimage.uniform_filter", 2e-5, 2e-5, _FLOAT32),
    "fss-ensemble": _check("spatial:fss_ensemble", "scipy.ndimage.uniform_filter", 2e-5, 2e-5, _FLOAT32),
    "sal": _check("spatial:sal", "scipy.ndimage of objects", 1e-6, 1e-6, _ORDER),
    "pattern-bias": _check("spatial:pattern_bias", "xskillscore.rmse", 2e-5, 1e-6, _FLOAT32),
    "recoarsening": _check("spatial:recoarsening", "numpy", 1e-5, 1e-7, _FLOAT32),
    "lag1": _check("temporal:lag1", "xskillscore.pearson_r", 1e-6, 1e-7, _ORDER, "sequence"),
    "tendency": _check(
        "temporal:tendency",
        "scipy.stats.wasserstein_distance",
        1.0,
        1e-6,
        _CROSSING,
        "sequence",
        scale="downbench_metrics.oracles.temporal:tendency_scale",
    ),
    "temporal-spectrum": _check(
        "temporal:temporal_spectrum", "scipy.signal.periodogram", 1e-5, 1e-6, _ORDER, "sequence"
    ),
    "spells": _check(
        "temporal:spells", "numpy, scipy.stats.wasserstein_distance", 1e-9, 1e-9, _COUNTS, "sequence"
    ),
    "warping": _check(
        "temporal:warping",
        "numpy, block matching",
        2e-3,
        2e-3,
        "float32; displacements that fit equally well to rounding",
        "sequence",
    ),
    "seams": _check("temporal:seams", "numpy", 1e-5, 1e-5, _FLOAT32, "sequence"),
}
