"""Is what a method has fitted kept whole, in files that anybody may open?"""

from __future__ import annotations

import pickletools
import zipfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from downbench.guard import defined_at, running
from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.methods.at_work import MethodAtWork
from downbench.testing.methods.random_numbers import alike
from downbench.testing.rain import PREDICTORS

_SUFFIXES = {".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".dill"}
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7z": "lzma"}
_SAFE = "write arrays with numpy.savez or safetensors, and settings as JSON: who opens a pickle runs its code"
_COMPLETE = "if fit() sets it, then save() must write it and load() must restore it"


@check(_COMPLETE, ["finite"])
def restored(method: MethodAtWork) -> None:
    """What `save` wrote is restored by `load` in a fresh process, and samples the same there."""
    _ = method.model
    if method.elsewhere is None:
        raise NotApplicable("a class that is not registered cannot be named to another process")
    if not alike(method.elsewhere(method.model), method.ensemble):
        raise Failed(
            "restored in a fresh process, it samples other rain",
            defined_at(method.code.load),
            f"{_COMPLETE}; hash() of a text and the order of a set differ between processes too",
        )


@check(_SAFE, ["fits"])
def no_pickle(method: MethodAtWork) -> None:
    """No file that `save` wrote, nor a checkpoint, is a pickle or holds one."""
    for folder in (method.model, method.folder / "checkpoints"):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and _is_pickle(file):
                raise Failed(
                    f"{file.relative_to(method.folder)} is a pickle, or holds one",
                    defined_at(method.code.save),
                )


def _is_pickle(file: Path) -> bool:
    if file.suffix.lower() in _SUFFIXES:
        return True
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            return any(name.endswith(".pkl") or _holds(archive.read(name)) for name in archive.namelist())
    return _holds(_unpacked(file.read_bytes()))


def _holds(content: bytes) -> bool:
    """Whether some bytes are a pickle, or an array of objects, which numpy writes as one."""
    if content.startswith(b"\x93NUMPY"):
        return b"'|O'" in content[:512]
    try:
        name, end = [(operation.name, at) for operation, _, at in pickletools.genops(content)][-1]
    except Exception:
        return False
    return name == "STOP" and len(content) > 2 and (content[0] == 0x80 or end == len(content) - 1)


def _unpacked(content: bytes) -> bytes:
    for start, name in _PACKED.items():
        if content.startswith(start):
            with suppress(Exception):
                return bytes(import_module(name).decompress(content))
    return content


@check("name only predictors and static fields that fit() saw, and precipitation among them", ["fits"])
def inputs(method: MethodAtWork) -> None:
    """`inputs` asks for no more than the method was fitted on, before and after it is restored."""
    with running(method.what, method.code):
        both = method.fitted, method.code.load(method.model)
        asked = [one.inputs() for one in both]
    if asked[0] != asked[1]:
        raise Failed(
            f"inputs() is {asked[0]} when fitted, and {asked[1]} when restored",
            defined_at(method.code.inputs),
        )
    names = set(asked[0] or PREDICTORS)
    if unknown := names - {*PREDICTORS, "topography"}:
        raise Failed(f"inputs() names {min(unknown)!r}, which was not there", defined_at(method.code.inputs))
    if "precipitation" not in names:
        raise Failed("inputs() lacks 'precipitation'", defined_at(method.code.inputs))


CHECKS = (restored, no_pickle, inputs)
