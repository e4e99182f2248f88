"""An archive: a few named files in one small zip, with a manifest that holds the size and digest of each.

What comes from elsewhere is not trusted: names are checked against a list of what may be there, sizes before
anything is unpacked and again while it is, and digests before anything is used. Nothing is ever unpacked
straight to disk, and nothing in an archive is executed or unpickled.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from downbench.errors import UserError
from downbench.exchange.claims import LARGEST_CLAIM, claimed_bytes
from downbench.files import atomic_file
from downbench.missing import no_such
from downbench.store.record import first_mistake

MANIFEST = "manifest.json"
FORMAT: Literal["downbench run"] = "downbench run"
SUFFIX = ".bench.zip"
LARGEST_ARCHIVE = 16 * 2**20
LARGEST_CONTENT = 64 * 2**20  # of all members together, unpacked
MOST_MEMBERS = 4096
_LARGEST_MANIFEST = 2**20
_LONGEST_NAME = 200  # bytes of a file's, with its folders
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever it is written


class Member(BaseModel):
    """Size and digest of one file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int = Field(ge=0, description="Size of the file, unpacked")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of its content")


class Manifest(BaseModel):
    """``manifest.json``: what an archive holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["downbench run"] = Field(default=FORMAT, description="What this is an archive of")
    schema_version: Literal[1] = Field(default=1, description="Version of this layout")
    release: str = Field(description="Release of downbench that wrote it")
    exported: str = Field(description="When it was written, UTC")
    members: dict[str, Member] = Field(description="The files by name")


def write_archive(path: Path, folder: Path, release: str, exported: str) -> None:
    """Pack all files below a folder; the same content gives the same bytes.

    Args:
        path: of the archive; what is there is replaced.
        folder: whose files are packed, under their names below it.
        release: of downbench.
        exported: time, ISO 8601, UTC.
    """
    files = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    members = {name: Member(bytes=len(data), sha256=_digest(data)) for name, data in files.items()}
    manifest = Manifest(release=release, exported=exported, members=members)
    with atomic_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        text = manifest.model_dump_json(indent=1)
        for name, data in ({MANIFEST: text.encode()} | files).items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data, compresslevel=9)


def read_archive(path: Path, allowed: Collection[str]) -> tuple[Manifest, Mapping[str, bytes]]:
    """Read all of an archive into memory.

    Args:
        path: of the archive.
        allowed: names of files and folders that may stand at its top.

    Returns:
        The manifest and the content of every other file by name.

    Raises:
        UserError: it is not an archive, too large, damaged, of another version, or holds what it may not.
    """
    if not path.exists():
        raise no_such(path)
    try:
        if path.stat().st_size > LARGEST_ARCHIVE:
            raise _refusal(path, f"it is larger than {LARGEST_ARCHIVE // 2**20} MiB")
        with zipfile.ZipFile(path) as archive:
            _check_packing(path, archive)
            manifest = _manifest(path, archive)
            _check_names(path, archive, manifest, allowed)
            contents = dict(_contents(path, archive, manifest))
            if claimed_bytes(contents) > LARGEST_CLAIM:
                raise _refusal(
                    path, f"its arrays would take more than {LARGEST_CLAIM // 2**20} MiB in memory"
                )
            return manifest, contents
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _refusal(path, f"it is damaged: {error}") from None


def _check_packing(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse compressions that ``bench export`` never uses: some ask for much memory, whatever they hold."""
    if not {info.compress_type for info in archive.infolist()} <= _PACKED:
        raise _refusal(path, "it is compressed in another way than archives are")


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise _refusal(path, f"it has no {MANIFEST}")
    text = _bounded(path, archive, MANIFEST, _LARGEST_MANIFEST)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        if (version := _other_version(text)) is not None:
            raise UserError(
                f"{path} was written by another release: its layout is of version {version}, this release "
                "reads version 1",
                "use the release that wrote it, or a newer one of downbench",
            ) from None
        raise _refusal(path, f"{MANIFEST}: {first_mistake(error)}") from None


def _other_version(text: bytes) -> int | None:
    """The version of a manifest of ours that is of another one."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    ours = isinstance(content, dict) and content.get("format") == FORMAT
    version = content.get("schema_version") if ours else None
    return version if type(version) is int and version != 1 else None


def _check_names(path: Path, archive: zipfile.ZipFile, manifest: Manifest, allowed: Collection[str]) -> None:
    names = [name for name in archive.namelist() if name != MANIFEST]
    if len(names) > MOST_MEMBERS:
        raise _refusal(path, f"it holds more than {MOST_MEMBERS} files")
    if sorted(names) != sorted(manifest.members):
        raise _refusal(path, f"its files are not those that its {MANIFEST} lists")
    for name in names:
        parts = PurePosixPath(name).parts
        safe = name == "/".join(parts) and not set(parts) & {".", ".."} and not set(name) & set("\\:")
        safe = safe and name.isprintable() and len(name.encode()) <= _LONGEST_NAME
        if not safe or name.startswith("/") or parts[0] not in allowed:
            raise _refusal(path, f"it holds a file that does not belong there: {name[:80]!r}")
    folders = {parent.as_posix() for name in names for parent in PurePosixPath(name).parents}
    if both := sorted(folders & set(names)):
        raise _refusal(path, f"it holds {both[0]!r} as a file and as a folder")
    if sum(member.bytes for member in manifest.members.values()) > LARGEST_CONTENT:
        raise _refusal(path, f"unpacked it would be larger than {LARGEST_CONTENT // 2**20} MiB")


def _contents(path: Path, archive: zipfile.ZipFile, manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    for name, member in manifest.members.items():
        data = _bounded(path, archive, name, member.bytes)
        if len(data) != member.bytes or _digest(data) != member.sha256:
            raise _refusal(path, f"{name} is not what was packed, by its digest")
        yield name, data


def _bounded(path: Path, archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """Unpack a file, but no more of it than it may have: what a header says of a size proves nothing."""
    with archive.open(name) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _refusal(path, f"{name} is larger than it may be")
    return data


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _refusal(path: Path, why: str) -> UserError:
    return UserError(
        f"{path} cannot be used as an archive of a run: {why}",
        "ask for a new copy; `bench export RUN` writes one",
    )
