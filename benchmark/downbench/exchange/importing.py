"""``bench import``: archives of runs as score directories among one's own, marked as imported."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from downbench.errors import UserError
from downbench.exchange.archive import SUFFIX, read_archive
from downbench.files import atomic_directory, digest_file, scratch_folder
from downbench.store.record import RunRecord, read_record, write_record
from downbench.store.record_parts import Origin
from downbench.store.run_directory import EXAMPLES, RESAMPLES, RUN, SCORES, STATISTICS, RunDirectory
from downbench.store.score_table import save_scores

ALLOWED = (RUN, SCORES, RESAMPLES, STATISTICS, EXAMPLES)
_KEY = re.compile(r"[0-9a-f]{64}")
_FOLDER = re.compile(r"(?!\.{1,2}$)[^/\\:]{1,80}")
_LONGEST_FOLDER = 200  # bytes


@dataclass(frozen=True)
class Imported:
    """One archive and the score directory that it became; ``new`` is False where it stood there already."""

    archive: Path
    directory: Path
    record: RunRecord
    new: bool


def archives_of(path: Path) -> list[Path]:
    """An archive itself, or all archives in a folder, in order of their names.

    Raises:
        UserError: a folder without any.
    """
    if not path.is_dir():
        return [path]
    archives = sorted(path.glob(f"*{SUFFIX}"))
    if not archives:
        raise UserError(f"{path} holds no archive", f"`bench export RUN --out {path}` writes one")
    return archives


def import_run(archive: Path, runs: Path) -> Imported:
    """Unpack an archive among a folder of runs.

    Args:
        archive: that ``bench export`` wrote.
        runs: folder of runs.

    Raises:
        UserError: it cannot be used; nothing is then written.
    """
    manifest, contents = read_archive(archive, ALLOWED)
    digest = digest_file(archive)
    with scratch_folder("import") as folder:
        _unpack(contents, folder)
        record = _checked(archive, folder)
        target = _target(record, runs)
        if (target / RUN).is_file() and _origin(target) == digest:
            return Imported(archive, target, record, new=False)
        origin = Origin(archive=digest, exported=manifest.exported, release=manifest.release)
        with atomic_directory(target) as temporary:
            _unpack(contents, temporary)
            files = record.files
            if SCORES not in files:  # slim archives leave it out: the record has the same scores
                save_scores(temporary, record.scores)
                files = files | {SCORES: digest_file(temporary / SCORES)}
            record = record.model_copy(update={"origin": origin, "files": files})
            write_record(temporary / RUN, record)
    return Imported(archive, target, record, new=True)


def _unpack(contents: Mapping[str, bytes], folder: Path) -> None:
    for name, data in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _checked(archive: Path, folder: Path) -> RunRecord:
    """The record of an unpacked archive, with all that its folder will be named after."""
    try:
        record = read_record(folder / RUN, RunRecord)
    except ValueError as error:
        raise UserError(f"{archive} cannot be used as an archive of a run: {error}") from None
    names = (record.dataset.name, record.method.name)
    good = all(_KEY.fullmatch(key) for key in record.keys.model_dump().values())
    good = good and all(_is_folder(name) for name in names)
    good = good and all(_is_table(folder / name, digest) for name, digest in record.files.items())
    if not good:
        raise UserError(
            f"{archive} cannot be used as an archive of a run: its {RUN} names keys, folders or tables "
            "that do not belong to it",
            "ask for a new copy; `bench export RUN` writes one",
        )
    return record


def _is_folder(name: str) -> bool:
    """Whether a name can stand as a folder everywhere, and is one that people can read."""
    return bool(_FOLDER.fullmatch(name)) and name.isprintable() and len(name.encode()) <= _LONGEST_FOLDER


def _is_table(path: Path, digest: str) -> bool:
    return path.name in (SCORES, RESAMPLES) and path.is_file() and digest_file(path) == digest


def _target(record: RunRecord, runs: Path) -> Path:
    """Beside the runs of one's own, but never where `bench run` looks for them."""
    keys = record.keys
    own = RunDirectory(runs, record.dataset.name, record.method.name, keys.fit, keys.sample, keys.score)
    return own.fit.with_name(f"imported-{own.fit.name}") / own.score.relative_to(own.fit)


def _origin(directory: Path) -> str | None:
    try:
        origin = read_record(directory / RUN, RunRecord).origin
    except ValueError:
        return None
    return origin.archive if origin else None
