"""Mass: is the total right, and the coarse rain kept?"""

from __future__ import annotations

from downbench import MetricInfo

METRICS = (
    MetricInfo(
        name="bias",
        target="downbench_metrics.mass.bias:Bias",
        title="Relative mass bias",
        tags=("physical",),
        plain="Whether the total of rain is right: 0.1 is 10 % too much.",
        pitfall="Too much in one place and too little in another cancel.",
    ),
    MetricInfo(
        name="recoarsening",
        target="downbench_metrics.mass.recoarsening:Recoarsening",
        title="Error of the re-coarsened rain",
        tags=("physical",),
        plain="Whether the fine rain, averaged back, is the coarse rain that the method was given.",
        pitfall="Any method that conserves mass is exact here, however bad its details are.",
    ),
)
