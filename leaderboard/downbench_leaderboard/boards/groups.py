"""Groups of columns: the questions that a reader of a table asks, answered by the tags of each metric."""

from __future__ import annotations

from collections.abc import Sequence

GROUPS = {
    "overall": "Overall",
    "extremes": "Extremes",
    "amounts": "Amounts",
    "texture": "Texture",
    "motion": "Motion",
    "climate": "Climate",
    "spread": "Spread",
    "mass": "Mass",
    "other": "Other",
}
_DECIDES = {
    "climate": "climate",
    "extremes": "extremes",
    "calibration": "spread",
}  # whatever other tags there are
_BY_TAG = {
    "probabilistic": "overall",
    "deterministic": "overall",
    "distribution": "amounts",
    "spatial": "texture",
    "temporal": "motion",
    "physical": "mass",
}


def group_of(tags: Sequence[str]) -> str:
    """Key of the group that a metric belongs to, by its tags; those that nobody here has heard of: other."""
    decided = [_DECIDES[tag] for tag in tags if tag in _DECIDES]
    return [*decided, *(_BY_TAG[tag] for tag in tags if tag in _BY_TAG), "other"][0]
