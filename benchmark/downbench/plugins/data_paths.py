"""Paths of data that stand where a dataset's name should."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote

from downbench.errors import UserError
from downbench.missing import no_such


def is_path(name: str) -> bool:
    """Whether what should be a dataset's name is a path; names hold no dots, distributions may."""
    return os.sep in name or ("." in name and ":" not in name)


def no_dataset_but_a_path(name: str) -> UserError:
    """The error for a path in place of a name: how data of one's own are named, or that there are none."""
    if not Path(name).exists():
        return no_such(name)
    return UserError(
        f"{name} is a path of data, and not the name of a dataset",
        f"the dataset 'files' reads it: --dataset files --data-root {quote(name)}",
    )
