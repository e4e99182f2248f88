"""All the files of a card in one folder or at one path: fetched, unpacked, or where they are."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from downbench import UserError, locked_by, no_such
from downbench_datasets.fetching.archives import unpack, unpacked_name
from downbench_datasets.fetching.cut import EVERYTHING, Cut
from downbench_datasets.fetching.download import download
from downbench_datasets.fetching.pieces import Tell, silent
from downbench_datasets.fetching.remote_stores import copy_cut
from downbench_datasets.fetching.systems import open_system, protocol_of, retried
from downbench_datasets.fetching.where import Where

_MOST_NAMED = 3


@dataclass(frozen=True)
class Entry:
    """One file or zarr group.

    Args:
        source: path or address.
        name: below the folder that all are gathered in.
    """

    source: str
    name: str


def gather(
    where: Where,
    folder: Path,
    home: Path,
    source: Path | None = None,
    cut: Cut = EVERYTHING,
    tell: Tell = silent,
    wait: float = 1.0,
    flat: bool = True,
) -> Path:
    """Bring the data of a card together; what an earlier call fetched is not fetched again.

    Args:
        where: of the card.
        folder: for what is fetched or unpacked, and for links to local files of a pattern.
        home: folder of the card, which its paths are relative to.
        source: folder or file that holds the data already; then nothing is fetched.
        cut: period and box, for zarr groups at an address.
        tell: hears about progress.
        wait: seconds before a second try.
        flat: all side by side in the folder; else in subfolders as at the address.

    Returns:
        A path that all of it can be read from: one file or group, or a folder.

    Raises:
        UserError: a file is not there, or is no data.
        RunFailed: the connection failed too often.
    """
    if source is not None or not where.is_remote:
        return _local(where, folder, home, source)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked_by(folder.with_name(f".{folder.name}.lock"), str(folder), keep=False):
        return _fetch(where, folder, cut, tell, wait, flat)


def _fetch(where: Where, folder: Path, cut: Cut, tell: Tell, wait: float, flat: bool) -> Path:
    """Fetch all files and groups, one process at a time."""
    entries = _remote_entries(where)
    entries = _side_by_side(entries) if flat else entries
    system = open_system(where.url, where.timeout, where.options)
    paths = []
    for number, entry in enumerate(entries, 1):
        target = folder / entry.name
        if is_zarr_name(entry.name):
            paths.append(copy_cut(entry.source, target, where, cut, tell, wait))
            continue
        ready = folder / unpacked_name(entry.name)
        if not ready.exists():
            download(system, entry.source, target, where.retries, wait)
            if ready != target:
                try:
                    unpack(target, ready)
                finally:
                    target.unlink()  # one that is damaged is fetched again next time
            tell(f"{number} of {len(entries)} files: {entry.name}")
        paths.append(ready)
    return paths[0] if len(paths) == 1 else folder


def is_zarr_name(name: str) -> bool:
    """Whether a name at an address is that of a zarr group: ``.zarr``, or without an ending."""
    path = PurePosixPath(name)
    return path.suffix.startswith(".zarr") or "." not in path.name


def group_at(where: Where) -> str | None:
    """The address of the one zarr group that the data of a card are; None where they are files, or here."""
    names = where.names()
    if not where.is_remote or len(names) != 1 or "*" in names[0]:
        return None
    address = _joined(where.url, names[0]).rstrip("/")
    return address if is_zarr_name(PurePosixPath(address).name) else None


def _joined(base: str, name: str) -> str:
    return f"{base.rstrip('/')}/{name}" if name else base


def _remote_entries(where: Where) -> list[Entry]:
    entries = []
    for name in where.names():
        address = _joined(where.base, name)
        if "*" not in address:
            entries.append(Entry(address, name or PurePosixPath(address).name))
            continue
        entries += _matching(address, where)
    return entries


def _side_by_side(entries: list[Entry]) -> list[Entry]:
    """Names without folders, where they stay different."""
    last = [PurePosixPath(entry.name).name for entry in entries]
    names = last if len(set(last)) == len(last) else [entry.name.replace("/", "_") for entry in entries]
    return [Entry(entry.source, name) for entry, name in zip(entries, names, strict=True)]


def _matching(address: str, where: Where) -> list[Entry]:
    system = open_system(address, where.timeout, where.options)
    matches: list[Any] = retried(lambda: sorted(system.glob(address)), address, where.retries)
    if not matches:
        raise UserError(f"nothing matches {address}", "is the pattern right, and can the address be listed?")
    protocol = protocol_of(address)
    full = [match if "://" in match else f"{protocol}://{match}" for match in matches]
    return [Entry(match, PurePosixPath(match).name) for match in full]


def _local(where: Where, folder: Path, home: Path, source: Path | None) -> Path:
    """Files on this machine: the one path, or a folder of links to those that a pattern or a list names."""
    if source is not None and not source.exists():
        raise no_such(source, "--source")
    if source is None and not where.path:
        raise UserError("the card does not say where its data are", "say so: --data-root or --source FOLDER")
    base = source if source is not None else home / where.path
    names = where.names() if where.is_remote or where.files else [""]
    if source is not None and where.is_remote and not where.files:
        names = [PurePosixPath(where.url).name]
    if names == [""] and "*" not in str(base):
        if not base.exists():
            raise UserError(f"there is nothing at {base}, which the card names", "mend its data.path")
        return base
    if base.is_file() and len(names) == 1:
        return _opened(base, folder / base.name)
    if names == [""]:
        anchor = Path(base.anchor) if base.is_absolute() else Path()
        matches = sorted(anchor.glob(str(base.relative_to(anchor) if base.is_absolute() else base)))
        matched = [(path.name, path) for path in matches]
        if not matches:
            raise UserError(f"nothing matches {base}", "mend data.path of the card")
    else:
        matched = _below(base, names)
    _drop_dead_links(folder)
    paths = [_opened(path, folder / name) for name, path in matched]
    return paths[0] if len(paths) == 1 else folder


def _below(base: Path, names: list[str]) -> list[tuple[str, Path]]:
    """Where each name stands below a folder: as it is, or anywhere by its last part.

    Raises:
        UserError: names the first ones that are missing.
    """
    everything = _by_name(base) if any("*" in n or not (base / n).exists() for n in names) else {}
    chosen, missing = [], []
    for name in names:
        last = PurePosixPath(name).name
        if "*" in name:
            matches = [(p.name, p) for p in sorted(base.rglob(name))]
            matches = matches or [(n, p) for n, p in everything.items() if fnmatch(n, last)]
            chosen += matches
            missing += [] if matches else [name]
            continue
        candidates = [
            base / name,
            everything.get(last),
            everything.get(PurePosixPath(unpacked_name(name)).name),
        ]
        path = next((each for each in candidates if each is not None and each.exists()), None)
        if path is None:
            missing.append(name)
        else:
            chosen.append((name, path))
    if missing:
        shown = ", ".join(missing[:_MOST_NAMED]) + (", ..." if len(missing) > _MOST_NAMED else "")
        raise UserError(
            f"{base} lacks {len(missing)} of {len(names)} files of the card: {shown}", "fetch them, too"
        )
    return chosen


def _by_name(base: Path) -> dict[str, Path]:
    """Files and zarr groups anywhere below a folder by their names; the first of a name counts."""
    everything: dict[str, Path] = {}
    for path in sorted(base.rglob("*")):
        everything.setdefault(path.name, path)
    return everything


def _drop_dead_links(folder: Path) -> None:
    """Remove links to files that are gone since an earlier look."""
    for link in folder.iterdir() if folder.is_dir() else ():
        if link.is_symlink() and not link.exists():
            link.unlink()


def _opened(path: Path, link: Path) -> Path:
    """A link to a file, or what an archive holds."""
    ready = link.with_name(unpacked_name(link.name))
    if unpacked_name(path.name) != path.name:
        return unpack(path, ready)
    if not ready.exists():
        ready.parent.mkdir(parents=True, exist_ok=True)
        ready.unlink(missing_ok=True)  # a link to what is gone
        ready.symlink_to(path.absolute(), target_is_directory=path.is_dir())
    return ready
