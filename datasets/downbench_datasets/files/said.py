"""What of a configuration counts for the fingerprint of a dataset: all but where files lie."""

from __future__ import annotations

from typing import Any

from downbench import NEGATIVE_LIMIT
from downbench_datasets.files.config import RainFilesConfig

_LATER: dict[str, Any] = {
    "negative": NEGATIVE_LIMIT,
    "members": None,
    "predictors": {},
    "statics": {},
    "coarse_parts": False,
}  # without them, fingerprints are what they were


def said_of(config: RainFilesConfig, coarse_is_file: bool) -> dict[str, Any]:
    """The configuration as plain data, without the paths of files.

    Args:
        config: of the dataset.
        coarse_is_file: whether ``coarse`` names a file, whose content counts by itself.
    """
    said = config.model_dump(mode="json")
    if coarse_is_file:
        said["coarse"] = "a file"
    for kind in ("predictors", "statics"):
        for field in said[kind].values():
            field["file"] = field["file"] and "a file"
    for part in (said, said["coarse_reading"] or {}):
        for key in [key for key, default in _LATER.items() if key in part and part[key] == default]:
            del part[key]
    for split in (said["splits"] or {}).values():
        if split is not None and not split["members"]:
            del split["members"]
    return said
