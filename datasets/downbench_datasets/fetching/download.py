"""Files fetched from an address: piece by piece, tried again, going on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from downbench import RunFailed, UserError
from downbench_datasets.fetching.systems import refuse_page, retried

PIECE = 8 << 20  # bytes asked for at once


def download(system: Any, address: str, target: Path, retries: int, wait: float = 1.0) -> Path:
    """Fetch one file; what an earlier call fetched of it is kept where the server can go on there.

    ``target`` appears when the file is whole; until then it is called ``NAME.part``.

    Args:
        system: file system of fsspec.
        address: as that file system takes it.
        target: where the file goes.
        retries: how often each request is tried again.
        wait: seconds before the second try; then twice as long, and so on.

    Raises:
        UserError: there is no such file, no permission, or a web page in its place.
        RunFailed: the connection failed too often.
    """
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    state = retried(lambda: system.info(address), address, retries, wait)
    if "html" in str(state.get("mimetype", "")) and not target.name.endswith((".html", ".htm")):
        refuse_page(b"<html", address)
    size = state.get("size")
    if size is not None and state.get("partial", True):
        _in_pieces(system, address, part, int(size), retries, wait)
    else:
        _at_once(system, address, part, size, retries, wait)
    with part.open("rb") as file:
        refuse_page(file.read(512), address)
    part.replace(target)
    return target


def _in_pieces(system: Any, address: str, part: Path, size: int, retries: int, wait: float) -> None:
    had = part.stat().st_size if part.exists() else 0
    if had > size:
        part.unlink()  # of another file
        had = 0
    with part.open("ab") as file:
        for start in range(had, size, PIECE):
            end = min(start + PIECE, size)
            file.write(retried(_piece(system, address, start, end), address, retries, wait))
            file.flush()


def _piece(system: Any, address: str, start: int, end: int) -> Callable[[], bytes]:
    def fetch() -> bytes:
        data: bytes = system.cat_file(address, start=start, end=end)
        if start == 0:
            refuse_page(data, address)
        if len(data) != end - start:
            raise OSError(f"{len(data):,} bytes came in place of {end - start:,}")
        return data

    return fetch


def _at_once(system: Any, address: str, part: Path, size: int | None, retries: int, wait: float) -> None:
    """Fetch a file of a server that cannot go on in the middle."""

    def fetch() -> None:
        with system.open(address, "rb", block_size=0) as source, part.open("wb") as file:
            while data := source.read(1 << 20):
                file.write(data)
        if size is not None and part.stat().st_size != size:
            raise OSError(f"{part.stat().st_size:,} bytes came in place of {size:,}")

    try:
        retried(fetch, address, retries, wait)
    except (UserError, RunFailed):
        part.unlink(missing_ok=True)
        raise
