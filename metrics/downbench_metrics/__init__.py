"""Built-in metrics of downbench."""

from __future__ import annotations

from downbench import MetricInfo, hookimpl

_METRICS = {
    "crps": ("crps:CRPS", "Fair continuous ranked probability score", ("probabilistic",)),
    "mse": ("mse:MSE", "Mean squared error of the ensemble mean, fair", ("deterministic",)),
    "emd": ("emd:EMD", "Earth mover's distance of pooled rain", ("distribution",)),
    "quantiles": ("quantiles:Quantiles", "Errors of extreme quantiles", ("distribution", "extremes")),
    "wet-fraction": ("wet_fraction:WetFraction", "Error of the wet fraction", ("distribution",)),
    "bias": ("bias:Bias", "Relative mass bias", ("physical",)),
    "psd": ("psd:PSD", "Distance of power spectra", ("spatial",)),
    "sae": ("sae:SAE", "Spatial autocorrelation error", ("spatial",)),
    "lag1": ("lag1:Lag1", "Lag-1 autocorrelation error", ("temporal",)),
    "ranks": ("ranks:Ranks", "Flatness of the rank histogram", ("probabilistic", "calibration")),
    "recoarsening": ("recoarsening:Recoarsening", "Error of the re-coarsened rain", ("physical",)),
}


@hookimpl
def downbench_metrics() -> list[MetricInfo]:
    """Describe the built-in metrics."""
    return [
        MetricInfo(name=name, target=f"downbench_metrics.{target}", title=title, tags=tags)
        for name, (target, title, tags) in _METRICS.items()
    ]
