"""Amounts: are there as many light and heavy values as in truth, wherever they are?"""

from __future__ import annotations

from downbench import MetricInfo

METRICS = (
    MetricInfo(
        name="emd",
        target="downbench_metrics.amounts.emd:EMD",
        title="Earth mover's distance of pooled rain",
        tags=("distribution",),
        plain=(
            "How far rain amounts would have to be moved to turn all predicted values into the true ones."
        ),
        pitfall="It does not know where or when it rains.",
    ),
    MetricInfo(
        name="perkins",
        target="downbench_metrics.amounts.perkins:Perkins",
        title="Perkins skill score",
        tags=("distribution",),
        plain="How much of the distributions of predicted and true rain overlap: 1 is all.",
        pitfall="Common light rain decides it; extremes hardly count.",
    ),
    MetricInfo(
        name="wet-fraction",
        target="downbench_metrics.amounts.wet_fraction:WetFraction",
        title="Error of the wet fraction",
        tags=("distribution",),
        plain=(
            "Whether it rains as often, in as many cells, as in truth: above zero there is too much drizzle."
        ),
        pitfall="Too much in one place and too little in another cancel.",
    ),
    MetricInfo(
        name="intensity",
        target="downbench_metrics.amounts.intensity:Intensity",
        title="Relative error of the intensity on wet steps",
        tags=("distribution",),
        plain="Whether rain is as heavy, where it rains, as in truth.",
        pitfall=(
            "Read it with the wet fraction: too few wet cells of too heavy rain can have the right total."
        ),
    ),
    MetricInfo(
        name="contribution",
        target="downbench_metrics.amounts.contribution:Contribution",
        title="Contribution to the total by intensity",
        tags=("distribution",),
        plain="The share of the rain that falls as too light or too heavy rain: 0 is right, 1 is all of it.",
        pitfall="It is relative to each total, so a total that is wrong everywhere hardly counts; see bias.",
    ),
)
