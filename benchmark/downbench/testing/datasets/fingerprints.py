"""Does a dataset's fingerprint follow its content, so that other data are never taken for the same?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from downbench.contracts.dataset import Dataset
from downbench.errors import DownbenchError
from downbench.pipeline.named_datasets import is_constant
from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.datasets.at_work import DatasetAtWork, content_of

MOST_BYTES = 64 << 20  # of data that are copied to be changed
_HINT = (
    "digest all that the content depends on: return downbench.digest_json(['mine', self.config.model_dump(), "
    "downbench.digest_file(self.root)])"
)


@check(_HINT, ["opens"])
def fingerprint(dataset: DatasetAtWork) -> None:
    """The fingerprint is a digest that is worked out from something."""
    text = dataset.dataset.fingerprint()
    if is_constant(type(dataset.dataset)):
        raise Failed(f"fingerprint() returns {text[:20]!r} whatever the content is", dataset.at_fingerprint)


@check(_HINT, ["opens", "fingerprint"])
def other_settings(dataset: DatasetAtWork) -> None:
    """Settings with which the content is another give another fingerprint."""
    own, mark = None, dataset.dataset.fingerprint()
    tried = 0
    for settings in _other_settings(dataset):
        try:
            other = dataset.made(**settings)
            if other.fingerprint() != mark:
                tried += 1
                continue
            own = own or content_of(dataset.dataset)
            differs = content_of(other) != own
        except DownbenchError:
            continue  # not a setting that can be
        tried += 1
        if differs:
            raise Failed(
                f"with {settings} the content is another, and the fingerprint the same",
                dataset.at_fingerprint,
            )
    if not tried:
        raise NotApplicable("no parameter of it could be changed")


def _other_settings(dataset: DatasetAtWork) -> Iterator[dict[str, Any]]:
    """Each simple parameter with another value."""
    config = dataset.dataset.config
    for name, one in type(config).model_fields.items():
        value = getattr(config, name)
        if isinstance(value, bool):
            yield {name: not value}
        elif isinstance(value, int):
            yield {name: value + 1}
            yield {name: 2 * value}
        elif isinstance(value, float):
            yield {name: value * 0.5}
        elif isinstance(value, str):
            yield from ({name: other} for other in get_args(one.annotation) if other != value)


@check(_HINT, ["opens", "fingerprint"])
def changed_data(dataset: DatasetAtWork) -> None:
    """A copy of the data in which a value is changed gives another fingerprint."""
    if dataset.root is None or not dataset.root.exists():
        raise NotApplicable("it was made without --data-root")
    copy = dataset.folder / dataset.root.name
    if _size(dataset.root) > MOST_BYTES:
        raise NotApplicable("its data are too large to be copied")
    if dataset.root.is_dir():
        shutil.copytree(dataset.root, copy)
    else:
        shutil.copy2(dataset.root, copy)
    mark, own = dataset.made(copy).fingerprint(), content_of(dataset.made(copy))
    changed = [file for file in _files(copy) if _change(file)]
    if not changed:
        raise NotApplicable("none of its files is NetCDF or an array of numpy that could be changed")
    try:
        other: Dataset = dataset.made(copy)
        differs, same = content_of(other) != own, other.fingerprint() == mark
    except DownbenchError:
        raise NotApplicable("changed data are refused") from None
    if differs and same:
        raise Failed(
            "the content of its files is another, and the fingerprint the same", dataset.at_fingerprint
        )


def _files(root: Path) -> list[Path]:
    return sorted(file for file in root.rglob("*") if file.is_file()) if root.is_dir() else [root]


def _size(root: Path) -> int:
    return sum(file.stat().st_size for file in _files(root))


def _change(file: Path) -> bool:
    """Make all numbers in a file a little larger; whether that could be done."""
    import netCDF4
    import numpy as np

    try:
        if file.suffix == ".npy":
            np.save(file, np.load(file) * 1.5)
            return True
        if file.suffix == ".npz":
            arrays = {
                name: array * 1.5 if array.dtype.kind == "f" else array
                for name, array in np.load(file).items()
            }
            np.savez(file, **arrays)
            return True
        with netCDF4.Dataset(file, "a") as opened:
            fields = [v for v in opened.variables.values() if v.ndim >= 2 and v.dtype.kind == "f"]
            for variable in fields:
                variable[:] = variable[:] * 1.5
            return bool(fields)
    except Exception:
        return False


CHECKS = (fingerprint, other_settings, changed_data)
