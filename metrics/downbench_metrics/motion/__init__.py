"""Motion: do fields follow each other as rain does?"""

from __future__ import annotations

from downbench import MetricInfo

METRICS = (
    MetricInfo(
        name="lag1",
        target="downbench_metrics.motion.lag1:Lag1",
        title="Lag-1 autocorrelation error",
        tags=("temporal",),
        plain="Whether rain at one time is as similar to rain a step later as in truth.",
        pitfall="It is taken cell by cell, so motion in a wrong direction can have the right value.",
    ),
    MetricInfo(
        name="tendency",
        target="downbench_metrics.motion.tendency:Tendency",
        title="Distance of frame-to-frame changes",
        tags=("temporal",),
        plain="Whether changes from frame to frame are as large and as frequent as in truth.",
        pitfall="It does not know whether a change is in the right place or direction.",
    ),
    MetricInfo(
        name="temporal-spectrum",
        target="downbench_metrics.motion.temporal_spectrum:TemporalSpectrum",
        title="Distance of spectra in time",
        tags=("temporal",),
        plain="Whether there is as much variation in time at every period.",
        pitfall="It needs sixteen frames in a row, and knows no phase.",
    ),
    MetricInfo(
        name="spells",
        target="downbench_metrics.motion.spells:Spells",
        title="Lengths of wet and dry spells",
        tags=("temporal",),
        plain="Whether wet and dry spells last as long as in truth.",
        pitfall="Spells beyond sixteen frames count as sixteen.",
    ),
    MetricInfo(
        name="warping",
        target="downbench_metrics.motion.warping:Warping",
        title="Coherence of motion",
        tags=("temporal",),
        plain="Whether rain moves with the truth's own motion: above zero it flickers or stands still.",
        pitfall="Rain that is too smooth or too weak has values below zero: read it with psd.",
    ),
    MetricInfo(
        name="seams",
        target="downbench_metrics.motion.seams:Seams",
        title="Seams between windows of frames",
        tags=("temporal",),
        plain=(
            "Whether a method that makes several frames at once changes more between its windows than within."
        ),
        pitfall="It is never exactly zero; compare it with the controls, which have no windows.",
    ),
)
