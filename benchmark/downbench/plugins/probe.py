"""Does a third party's module survive its import? Tried in a process of its own before it is imported here.

An import that ends the interpreter, crashes it or never comes to its end cannot be caught in the process that
does it. A module that passed, or took too long, is remembered until its files or its version change.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from downbench.errors import UserError
from downbench.files import atomic_file, cache_folder

SECONDS = "DOWNBENCH_IMPORT_SECONDS"  # replaces any limit
_PASSED, _INTERRUPTED = 86, 87  # exit codes that no import ends with by chance
_REMEDY = "a plug-in's module only declares; mend it, uninstall it, or leave it out with DOWNBENCH_PLUGINS"
_PROGRAM = """
import importlib.util, os, sys
kind, name = sys.argv[1:]
try:
    if kind == "file":
        spec = importlib.util.spec_from_file_location(os.path.basename(name)[:-3], name)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    else:
        importlib.import_module(name)
except KeyboardInterrupt:
    os._exit({interrupted})
except BaseException:
    pass  # an error can be caught, and is told where the module is imported to be used
sys.stdout.flush()
os._exit({passed})
"""


@dataclass(frozen=True)
class Passed:
    """What an import did besides.

    Args:
        prints: it wrote to standard output.
    """

    prints: bool = False


@dataclass(frozen=True)
class Hung:
    """An import that did not come to its end.

    Args:
        seconds: that it was waited for.
    """

    seconds: float


def try_import(module: str | Path, version: str, limit: float) -> Passed:
    """Import a module, or a file, in a process of its own; once only as long as it does not change.

    Args:
        module: its name, or its file.
        version: of its distribution.
        limit: seconds; ``DOWNBENCH_IMPORT_SECONDS`` replaces it.

    Raises:
        UserError: the import ended the process or took too long.
    """
    record, limit = _record(module, version), _seconds(limit)
    before = _remembered(record)
    if isinstance(before, Passed):
        return before
    if before is not None and before.seconds >= limit:
        raise UserError(
            f"its import did not come to its end in {before.seconds:g} s when it was tried, and is left out",
            f"{_REMEDY}; it is tried again once its files or its version change, with more time "
            f"({SECONDS}), or when you delete {record}",
        )
    try:
        passed = _try(module, limit)
    except subprocess.TimeoutExpired:
        _remember(record, Hung(limit))
        raise UserError(
            f"its import did not come to its end in {limit:g} s",
            f"{_REMEDY}; {SECONDS} gives it more time. The next command leaves it out at once",
        ) from None
    _remember(record, passed)
    return passed


def _remembered(record: Path) -> Passed | Hung | None:
    """What an earlier try came to; None where there was none."""
    with suppress(OSError, ValueError, TypeError):
        content = json.loads(record.read_text(encoding="utf-8"))
        return Hung(**content) if "seconds" in content else Passed(**content)
    return None


def _remember(record: Path, result: Passed | Hung) -> None:
    with suppress(OSError), atomic_file(record) as temporary:
        temporary.write_text(json.dumps(asdict(result)), encoding="utf-8")


def _try(module: str | Path, limit: float) -> Passed:
    kind = "file" if isinstance(module, Path) else "module"
    code = _PROGRAM.replace("{passed}", str(_PASSED)).replace("{interrupted}", str(_INTERRUPTED))
    path = os.pathsep.join(part or os.curdir for part in sys.path)
    with tempfile.TemporaryFile() as printed:  # a pipe could be held open by what the import starts
        done = subprocess.run(
            [sys.executable, "-P", "-c", code, kind, str(module)],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
            timeout=limit,
            start_new_session=True,
        )
        prints = printed.seek(0, os.SEEK_END) > 0
    if done.returncode == _INTERRUPTED:
        raise UserError("its import raises KeyboardInterrupt", _REMEDY)
    if done.returncode != _PASSED:
        ended = f"exit code {done.returncode}" if done.returncode >= 0 else f"signal {-done.returncode}"
        raise UserError(f"its import ends the interpreter with {ended}", _REMEDY)
    return Passed(prints)


def _seconds(limit: float) -> float:
    with suppress(ValueError):
        return float(os.environ.get(SECONDS, ""))
    return limit


def _record(module: str | Path, version: str) -> Path:
    """Where it is remembered that this version of these files passed."""
    identity = [str(module), version, sys.executable, sys.version, *_files(module)]
    digest = hashlib.sha256("\x1f".join(identity).encode("utf-8", "surrogateescape")).hexdigest()
    return cache_folder() / "imports" / f"{digest}.json"


def _files(module: str | Path) -> list[str]:
    """The files of a module's package with their sizes and times of change."""
    if isinstance(module, Path):
        files = [module]
    else:
        spec = find_spec(module.split(".")[0])  # of the package, which imports nothing
        origin = Path(spec.origin) if spec and spec.origin else None
        if origin is None:
            return []
        files = sorted(origin.parent.rglob("*.py")) if origin.stem == "__init__" else [origin]
    return [f"{file}:{(stat := file.stat()).st_mtime_ns}:{stat.st_size}" for file in files if file.exists()]
