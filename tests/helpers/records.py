"""Records of runs, edited for a test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from downbench.files import digest_json


def edit_record(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a record in place and give it the digest of its new content, as if it had been written so."""
    content = json.loads(path.read_text())
    change(content)
    write_content(path, content)


def write_content(path: Path, content: dict[str, Any]) -> None:
    """Write a record's content with its digest, whatever the content is."""
    bare = {key: value for key, value in content.items() if key != "digest"}
    path.write_text(json.dumps(bare | {"digest": digest_json(bare)}), encoding="utf-8")
