"""Records damaged at random, as text (bytes flipped, lost, added) or as content (keys lost or replaced)."""

from __future__ import annotations

import json
import random
from copy import deepcopy
from pathlib import Path
from typing import Any

from records import write_content

NUMBERS: list[Any] = [-1, 0, 10**400, 1.5, float("inf"), float("nan")]
ODD: list[Any] = [
    *NUMBERS,
    None,
    True,
    "",
    "text",
    "\ud800",
    "\x00",
    [],
    {},
    [[]],
    {"a": None},
    [1, "a"],
    {"": {}},
]


def nested(levels: int) -> Any:
    """Lists in lists."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def change(content: Any, draw: random.Random) -> None:
    """Replace, lose or add something at a random depth, in place."""
    keys = list(content) if isinstance(content, dict) else list(range(len(content)))
    if not keys:
        return
    key = draw.choice(keys)
    if isinstance(content[key], dict | list) and content[key] and draw.random() < 0.7:
        change(content[key], draw)
    elif draw.random() < 0.3:
        del content[key]
    else:
        content[key] = nested(draw.choice([50, 300])) if draw.random() < 0.1 else deepcopy(draw.choice(ODD))


def damaged_text(text: bytes, draw: random.Random) -> bytes:
    """Text with something flipped, lost or added."""
    at, much = draw.randrange(len(text)), draw.randrange(1, 200)
    kind = draw.randrange(4)
    if kind == 0:
        return text[:at] + bytes([text[at] ^ (1 << draw.randrange(8))]) + text[at + 1 :]
    if kind == 1:
        return text[:at]
    if kind == 2:
        return text[:at] + text[at + much :]
    return text[:at] + draw.choice([b"[" * 100_000, b"\xff\xfe", b"NaN", b"1e999", b"\\ud800"]) + text[at:]


def damage(path: Path, whole: bytes, seed: int, with_digest: bool) -> None:
    """Damage a record at random."""
    draw = random.Random(seed)
    if not with_digest:
        path.write_bytes(damaged_text(whole, draw))
        return
    content = json.loads(whole)
    for _ in range(draw.randrange(1, 4)):
        change(content, draw)
    try:
        write_content(path, content)
    except ValueError:  # a number that JSON does not have
        path.write_text(json.dumps(content))
