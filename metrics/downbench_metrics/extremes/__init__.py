"""Extremes: is heavy rain heavy and frequent enough?"""

from __future__ import annotations

from downbench import MetricInfo

METRICS = (
    MetricInfo(
        name="twcrps",
        target="downbench_metrics.extremes.twcrps:ThresholdWeightedCRPS",
        title="Threshold-weighted CRPS, fair",
        tags=("probabilistic", "extremes"),
        plain=(
            "The CRPS of what exceeds a threshold alone: how well heavy rain is predicted, as an ensemble."
        ),
        pitfall="Above a high threshold few cells count, so intervals are wide.",
    ),
    MetricInfo(
        name="quantiles",
        target="downbench_metrics.extremes.quantiles:Quantiles",
        title="Errors of extreme quantiles",
        tags=("distribution", "extremes"),
        plain="The error of very high quantiles of rain: is the rain of the heaviest moments heavy enough?",
        pitfall="The highest quantiles rest on few events; they are null where there are too few.",
    ),
    MetricInfo(
        name="quantile-ratios",
        target="downbench_metrics.extremes.quantile_ratios:QuantileRatios",
        title="Relative errors of extreme quantiles",
        tags=("distribution", "extremes"),
        plain="Very high quantiles of rain over the true ones, less one: -0.2 is 20 % too weak.",
        pitfall="The highest quantiles rest on few events; they are null where there are too few.",
    ),
    MetricInfo(
        name="qq",
        target="downbench_metrics.extremes.qq:QuantilePairs",
        title="Distance of the quantile-quantile curve from the diagonal",
        tags=("distribution", "extremes"),
        plain="By what share quantiles of rain differ from the true ones, from moderate to very heavy rain.",
        pitfall="It does not know where or when it rains, and quantiles far apart in value count alike.",
    ),
    MetricInfo(
        name="top",
        target="downbench_metrics.extremes.top:Top",
        title="Error of the mean of the wettest 0.1 %",
        tags=("distribution", "extremes"),
        plain="The error of the mean over the wettest thousandth of all values.",
        pitfall="It does not know where or when it rains.",
    ),
)
