"""Files of a site that are what they were stay, so that a copy to a web server moves only what changed."""

from __future__ import annotations

import os
from pathlib import Path


def keep_unchanged(former: Path, new: Path) -> int:
    """Put a former file, with its time, in place of each new one that has the same content; how many.

    Both are held byte by byte against each other. Where the disk has no links, the new files stay.

    Args:
        former: folder of the site that stands there, if there is one.
        new: folder that will take its place.
    """
    kept = 0
    for path in new.rglob("*"):
        before = former / path.relative_to(new)
        if not path.is_file() or before.is_symlink() or not before.is_file():
            continue
        if before.samefile(path):
            kept += 1
            continue
        if before.stat().st_size != path.stat().st_size or before.read_bytes() != path.read_bytes():
            continue
        link = path.with_name(path.name + ".former")
        try:
            os.link(before, link)
        except OSError:
            return kept
        link.replace(path)
        kept += 1
    return kept
