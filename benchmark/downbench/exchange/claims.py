"""How much memory the tables and arrays of an archive ask for, before any of them is opened.

A few bytes can say that they are an array of a billion numbers, or a table of as many rows: a chunk that is
missing is filled, and equal values take no room. So the sizes that they claim are added up beforehand.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

LARGEST_CLAIM = 256 * 2**20  # bytes of all tables and arrays of an archive in memory
_NODE = "zarr.json"
_BYTES = 8  # of a number at most


def claimed_bytes(contents: Mapping[str, bytes]) -> int:
    """Bytes that all zarr arrays and parquet tables would take in memory.

    Args:
        contents: of files, by name.

    Raises:
        ValueError: one cannot be read; the message names it.
    """
    total = 0
    for name, data in contents.items():
        try:
            if name.endswith(_NODE):
                total += sum(math.prod(shape) for shape in _shapes(name, contents)) * _BYTES
            elif name.endswith(".parquet"):
                total += _table(data)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ValueError(f"{name} is damaged: {error or type(error).__name__}") from None
    return total


def _shapes(name: str, contents: Mapping[str, bytes]) -> Iterator[list[int]]:
    """Shapes of an array and of its chunks; of statistics, what their arrays are filled up to."""
    node = json.loads(contents[name])
    if node["node_type"] == "array":
        yield _counts(node["shape"])
        yield _counts(node["chunk_grid"]["configuration"]["chunk_shape"])
    header = node.get("attributes", {}).get("downbench", {})
    for array, size in header.get("sizes", {}).items():
        kept = json.loads(contents[f"{name.removesuffix(_NODE)}{array}/{_NODE}"])["shape"]
        yield _counts([*kept[:-1], size])
    for shape in header.get("empty", {}).values():
        yield _counts(shape)


def _counts(shape: Any) -> list[int]:
    if not isinstance(shape, list) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"{str(shape)[:60]} is no shape")
    return shape


def _table(data: bytes) -> int:
    from pyarrow import ArrowException, parquet

    try:
        about = parquet.read_metadata(io.BytesIO(data))
    except (ArrowException, OSError) as error:
        raise ValueError(str(error)) from None
    return int(about.num_rows) * int(about.num_columns) * _BYTES
