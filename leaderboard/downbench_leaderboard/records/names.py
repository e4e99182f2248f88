"""File names from names that anybody may have chosen."""

from __future__ import annotations

import re
import unicodedata

from downbench import digest_json


def slug(text: str, limit: int = 40) -> str:
    """Lower-case ASCII letters, digits and hyphens only, at most ``limit`` characters, never empty."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:limit].strip("-") or "x"


def unique_name(*parts: str, identity: object) -> str:
    """Readable slugs and a hash of the identity: safe as a file name, and one per identity."""
    return "-".join([*(slug(part) for part in parts), digest_json(identity)[:10]])
