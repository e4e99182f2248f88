"""A plug-in file for tests: a study of the toy methods."""

from __future__ import annotations

from downbench import Study, StudyInfo, hookimpl

STUDY = Study(
    reference="noisy",
    questions={"bilinear": "Why noise?", "nearest": "Why | interpolate?", "broken": "What of failures?"},
    metrics=("crps", "quantiles p99", "emd"),
)
WRONG = {"reference": "noisy"}


@hookimpl
def downbench_studies() -> list[StudyInfo]:
    """Two, one of which is none."""
    return [
        StudyInfo(name="toy-study", target="toy_study:STUDY", title="Why?"),
        StudyInfo(name="no-study", target="toy_study:WRONG"),
    ]
