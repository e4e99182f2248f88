"""A complete plug-in: light descriptions here, the work in modules that load on first use."""

from downbench import MethodInfo, MetricInfo, hookimpl


@hookimpl
def downbench_methods() -> list[MethodInfo]:
    """Describe the method."""
    return [
        MethodInfo(
            name="noisy-bilinear",
            target="downbench_example.noisy_bilinear:NoisyBilinear",
            title="Bilinear interpolation times lognormal noise",
        )
    ]


@hookimpl
def downbench_metrics() -> list[MetricInfo]:
    """Describe the metric."""
    return [
        MetricInfo(
            name="heavy-area",
            target="downbench_example.heavy_area:HeavyArea",
            title="Area with heavy rain, predicted over true",
        )
    ]
