"""Digests of real data, file by file, kept in the user's cache folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from downbench import atomic_file, cache_folder, digest_json
from downbench_datasets.shared.content import content_of, stated_content

_PIECE = 1 << 22  # bytes read at a time


def _files(store: Path) -> list[Path]:
    return [store] if store.is_file() else sorted(path for path in store.rglob("*") if path.is_file())


def _digest_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def digest_store(store: Path) -> str:
    """SHA-256 over names and content of a file, or of all files of a zarr group.

    The name of the file or of the group itself does not count, so that a copy elsewhere is the same data. Of
    a store that ``bench data prepare`` made, the values count and not the bytes, so that whoever prepares the
    same data has the same digest.
    Worked out once: the cache is keyed by path, sizes and modification times.
    """
    files = _files(store)
    inside = [path.relative_to(store).as_posix() if path != store else "" for path in files]
    states = [(stat.st_size, stat.st_mtime_ns) for stat in (path.stat() for path in files)]
    key = digest_json([str(store.resolve()), list(zip(inside, states, strict=True))])
    known = cache_folder() / "digests" / key[:2] / key
    try:
        return known.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        pass
    if stated_content(store) is not None:
        result = content_of(store)
    else:
        result = digest_json([[name, _digest_file(path)] for name, path in zip(inside, files, strict=True)])
    try:
        with atomic_file(known) as temporary:
            temporary.write_text(result, encoding="ascii")
    except OSError:
        pass  # worked out again next time
    return result


def digest_stores(stores: Iterable[Path]) -> list[str]:
    """Digests of several stores, in the order in which the dataset names them."""
    return [digest_store(store) for store in stores]
