"""Overall: how far is the ensemble from what happened?"""

from __future__ import annotations

from downbench import MetricInfo

METRICS = (
    MetricInfo(
        name="crps",
        target="downbench_metrics.overall.crps:CRPS",
        title="Fair continuous ranked probability score",
        tags=("probabilistic",),
        plain=(
            "How far, on average, the ensemble's distribution lies from what happened, cell by cell; of a "
            "single field it is the mean absolute error."
        ),
        pitfall=(
            "It is taken cell by cell, so rain of the right amount in the wrong pattern can score well, "
            "and dry cells dilute it."
        ),
    ),
    MetricInfo(
        name="crps-skill",
        target="downbench_metrics.overall.crps_skill:CRPSSkill",
        title="CRPS skill against bicubic interpolation",
        tags=("probabilistic",),
        best=1.0,
        plain=(
            "The share by which the CRPS is below the error of bicubic interpolation: 0 is as good, 1 "
            "perfect."
        ),
        pitfall="It says nothing that the CRPS does not, and where bicubic is nearly exact it is unstable.",
    ),
    MetricInfo(
        name="brier",
        target="downbench_metrics.overall.brier:Brier",
        title="Brier score at thresholds, fair",
        tags=("probabilistic",),
        plain="The squared error of the predicted probability that rain exceeds a threshold.",
        pitfall="Rare events have small values whatever the method; compare within one threshold only.",
    ),
    MetricInfo(
        name="roc",
        target="downbench_metrics.overall.roc:ROC",
        title="Area under the ROC curve at thresholds",
        tags=("probabilistic",),
        plain=(
            "Whether more members have an event where it happened than where it did not: 0.5 is no skill, "
            "1 perfect."
        ),
        pitfall=(
            "It does not notice probabilities that are wrong but in the right order; read it with "
            "reliability."
        ),
    ),
    MetricInfo(
        name="energy-score",
        target="downbench_metrics.overall.energy:EnergyScore",
        title="Energy score on patches, fair",
        tags=("probabilistic", "spatial"),
        plain="As the CRPS, but of small patches at once, so that patterns within a patch count too.",
        pitfall="It hardly notices wrong correlations between cells.",
    ),
    MetricInfo(
        name="variogram-score",
        target="downbench_metrics.overall.variogram:VariogramScore",
        title="Variogram score on patches, fair",
        tags=("probabilistic", "spatial"),
        plain="Whether differences between neighbouring cells are as large as in truth.",
        pitfall="It does not see a bias that is the same everywhere.",
    ),
    MetricInfo(
        name="mse",
        target="downbench_metrics.overall.mse:MSE",
        title="Mean squared error of the ensemble mean, fair",
        tags=("deterministic",),
        plain="The squared error of the ensemble's mean.",
        pitfall="It rewards smooth fields: a blurred mean beats any realistic field.",
    ),
)
