"""Files of a site that are what they were stay, so that a copy to a web server moves only what changed."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def keep_unchanged(former: Path, new: Path) -> int:
    """Put a former file, with its time, in place of each new one that has the same content; how many.

    Both are held byte by byte against each other. Where the disk has no links, the new files stay.

    Args:
        former: folder of the site that stands there, if there is one.
        new: folder that will take its place.
    """
    kept = 0
    for folder, _, names in os.walk(new):
        before = former / Path(folder).relative_to(new)
        for name in names:
            outcome = _keep(f"{before}/{name}", f"{folder}/{name}")
            if outcome is None:
                return kept
            kept += outcome
    return kept


def _keep(before: str, path: str) -> bool | None:
    """Whether a file is the former one now; None where the disk has no links."""
    try:
        old, new = os.lstat(before), os.lstat(path)
    except OSError:  # there was none
        return False
    if os.path.samestat(old, new):
        return True
    if not stat.S_ISREG(old.st_mode) or old.st_size != new.st_size:
        return False
    if Path(before).read_bytes() != Path(path).read_bytes():
        return False
    link = f"{path}.former"
    try:
        os.link(before, link)
    except OSError:
        return None
    Path(link).replace(path)
    return True
