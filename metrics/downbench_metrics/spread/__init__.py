"""Spread: is the ensemble as uncertain as it should be?"""

from __future__ import annotations

from downbench import MetricInfo

METRICS = (
    MetricInfo(
        name="reliability",
        target="downbench_metrics.spread.reliability:Reliability",
        title="Reliability at thresholds",
        tags=("probabilistic", "calibration"),
        plain="Whether rain that is predicted with 70 % comes in 70 % of the cases.",
        pitfall="Always predicting the climatological frequency is perfectly reliable, and useless.",
    ),
    MetricInfo(
        name="crps-reliability",
        target="downbench_metrics.spread.crps_parts:CRPSReliability",
        title="Reliability part of the CRPS",
        tags=("probabilistic", "calibration"),
        plain=(
            "What part of the CRPS comes from probabilities that are not calibrated, over all amounts at "
            "once."
        ),
        pitfall="It grows with few members, and errors of opposite sign at different times cancel.",
    ),
    MetricInfo(
        name="crps-resolution",
        target="downbench_metrics.spread.crps_parts:CRPSResolution",
        title="Resolution part of the CRPS",
        tags=("probabilistic", "calibration"),
        plain="How much of the uncertainty of the climatology the ensemble takes away, calibration aside.",
        pitfall="It is a share of the uncertainty of one dataset, so compare within that dataset only.",
    ),
    MetricInfo(
        name="crps-uncertainty",
        target="downbench_metrics.spread.crps_parts:CRPSUncertainty",
        title="Uncertainty part of the CRPS",
        tags=("probabilistic", "calibration"),
        plain=(
            "The CRPS that always predicting the climatology of the truth would have: what there is to be "
            "gained."
        ),
        pitfall="It says nothing of a method: it is the same for all of them.",
    ),
    MetricInfo(
        name="ranks",
        target="downbench_metrics.spread.ranks:Ranks",
        title="Flatness of the rank histogram",
        tags=("probabilistic", "calibration"),
        plain="Whether the truth falls equally often between any two members of the ensemble.",
        pitfall="A flat histogram can be the sum of opposite errors in different places.",
    ),
    MetricInfo(
        name="spread-skill",
        target="downbench_metrics.spread.spread_skill:SpreadSkill",
        title="Spread-skill ratio",
        tags=("probabilistic", "calibration"),
        plain=(
            "The spread of the ensemble beside the error of its mean: too sure below zero, too vague above."
        ),
        pitfall="Errors of spread in different places cancel.",
    ),
    MetricInfo(
        name="coverage",
        target="downbench_metrics.spread.coverage:Coverage",
        title="Coverage of the ensemble's range",
        tags=("probabilistic", "calibration"),
        plain="How often the truth lies within the range of the members, less how often it should.",
        pitfall="Dry cells in a dry ensemble count as right, which hides errors in mostly dry data.",
    ),
)
