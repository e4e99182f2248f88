"""Texture: does a single field look like rain, at every scale?"""

from __future__ import annotations

from downbench import MetricInfo

METRICS = (
    MetricInfo(
        name="psd",
        target="downbench_metrics.texture.psd:PSD",
        title="Distance of power spectra",
        tags=("spatial",),
        plain="Whether there is as much variation at every scale, from single cells to the whole domain.",
        pitfall="Fields with a right spectrum can look wrong: it knows no phase, no edges and no place.",
    ),
    MetricInfo(
        name="sae",
        target="downbench_metrics.texture.sae:SAE",
        title="Spatial autocorrelation error",
        tags=("spatial",),
        plain="Whether rain in neighbouring cells is as similar as in truth.",
        pitfall="It is normalised, so amplitudes that are wrong everywhere do not count.",
    ),
    MetricInfo(
        name="sae-raw",
        target="downbench_metrics.texture.sae_raw:RawSAE",
        title="Spatial autocorrelation error, not normalised",
        tags=("spatial",),
        plain="As sae, but of covariances: amplitudes count too.",
        pitfall="Its values depend on how variable the data are; compare within one dataset only.",
    ),
    MetricInfo(
        name="fss",
        target="downbench_metrics.texture.fss:FSS",
        title="Fractions skill score",
        tags=("spatial",),
        plain="Whether rain above a threshold is about where it should be, within a neighbourhood.",
        pitfall="A large neighbourhood forgives large displacements; rare events make it unstable.",
    ),
    MetricInfo(
        name="fss-ensemble",
        target="downbench_metrics.texture.fss:EnsembleFSS",
        title="Fractions skill score of probabilities",
        tags=("spatial", "probabilistic"),
        plain=(
            "Whether the ensemble's probabilities of rain above a threshold, within a neighbourhood, are "
            "right."
        ),
        pitfall=(
            "More members raise it by smoothing alone, so compare equal numbers; rare events make it "
            "unstable."
        ),
    ),
    MetricInfo(
        name="sal",
        target="downbench_metrics.texture.sal:SAL",
        title="Structure, amplitude and location of objects",
        tags=("spatial", "slow"),
        plain="Whether rain objects have the right shape, amount and place.",
        pitfall="What counts as an object is a convention, and small fields have few.",
        default=False,  # too slow for the standard set
    ),
    MetricInfo(
        name="pattern-bias",
        target="downbench_metrics.texture.pattern:PatternBias",
        title="Pattern bias of the time mean",
        tags=("spatial",),
        plain="Whether the mean over time has the right pattern, cell by cell.",
        pitfall="Short records leave chance in it that no method can avoid.",
    ),
)
