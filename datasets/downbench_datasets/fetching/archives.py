"""Archives unpacked so that nothing lands outside their own folder."""

from __future__ import annotations

import gzip
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from downbench import UserError, atomic_directory, atomic_file

_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)


def unpacked_name(name: str) -> str:
    """Name of the file or folder that an archive becomes; the name itself where it is no archive."""
    lower = name.lower()
    ending = next((end for end in (*_TAR, ".zip", ".gz") if lower.endswith(end)), "")
    return name.removesuffix(name[len(name) - len(ending) :]) if ending else name


def unpack(path: Path, target: Path) -> Path:
    """Unpack a zip or tar archive into the folder ``target``, or a single ``.gz`` into the file ``target``.

    What stands at ``target`` is taken for the finished result.

    Raises:
        UserError: the archive is damaged or cut off, or a member would leave its folder.
    """
    if target.exists():
        return target
    try:
        if path.name.lower().endswith(".zip"):
            _unzip(path, target)
        elif path.name.lower().endswith(_TAR):
            _untar(path, target)
        else:
            with (
                gzip.open(path, "rb") as source,
                atomic_file(target) as temporary,
                temporary.open("wb") as file,
            ):
                shutil.copyfileobj(source, file, 1 << 20)
    except _DAMAGED as error:
        reason = str(error) or type(error).__name__
        raise UserError(f"the archive {path} is damaged or cut off: {reason}", "fetch it again") from error
    return target


def _unzip(path: Path, target: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        _check_members(path, archive.namelist())
        if broken := archive.testzip():
            raise zipfile.BadZipFile(f"its member {broken!r} does not have its checksum")
        with atomic_directory(target) as temporary:
            archive.extractall(temporary)


def _untar(path: Path, target: Path) -> None:
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        _check_members(path, [member.name for member in members])
        strange = [member.name for member in members if not (member.isfile() or member.isdir())]
        if strange:
            raise UserError(
                f"the archive {path} holds a link or a device: {strange[0]!r}",
                "unpack it by hand if you trust it",
            )
        with atomic_directory(target) as temporary:
            archive.extractall(temporary, filter="data")


def _check_members(path: Path, names: Iterable[str]) -> None:
    for name in names:
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in (parts.parts or ("",))[0]:
            raise UserError(
                f"the archive {path} has a member that would leave its folder: {name!r}",
                "do not unpack it; ask where it came from",
            )
