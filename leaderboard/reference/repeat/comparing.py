"""Whether two fits, or two ensembles, are the same in every bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import xarray as xr
from safetensors import deserialize

TIMES = {"seconds"}  # how long something took is no result
CARD = "model.json"  # names the version of the code, which is another one


def first_difference(former: dict[str, Any], present: dict[str, Any]) -> str:
    """What differs first between two answers of :mod:`short_fits`; empty where nothing does."""
    if former["fingerprint"] != present["fingerprint"]:
        return "the frames themselves differ"
    return of_models(Path(former["model"]), Path(present["model"])) or of_samples(
        Path(former["samples"]), Path(present["samples"])
    )


def of_models(former: Path, present: Path) -> str:
    """What differs first between two folders of fitted models.

    Tensors are held against each other bit for bit, JSON by what both sides have, since a parameter that only
    one side has is an option that is off; all other files by their bytes.
    """
    names = [{file.relative_to(side).as_posix() for file in _files(side)} for side in (former, present)]
    if alone := sorted(names[0] ^ names[1]):
        return f"only one of the models has {alone[0]}"
    for name in sorted(names[0], key=lambda name: (not name.endswith(".safetensors"), name)):
        if difference := _of_files(former / name, present / name):
            return f"weights ({name}{difference})"
    return ""


def of_samples(former: Path, present: Path) -> str:
    """What differs first between two ensembles."""
    with xr.open_datatree(former, engine="zarr") as one, xr.open_datatree(present, engine="zarr") as other:
        groups = [{node.path: node.to_dataset() for node in tree.subtree} for tree in (one, other)]
        if groups[0].keys() != groups[1].keys():
            return "samples (of other sequences)"
        for path, dataset in groups[0].items():
            if dataset.variables.keys() != groups[1][path].variables.keys():
                return f"samples ({path} has other variables)"
            for name, variable in dataset.variables.items():
                if _bits(variable) != _bits(groups[1][path].variables[name]):
                    return f"samples ({path}/{name})"
    return ""


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != CARD]


def _of_files(former: Path, present: Path) -> str:
    if former.suffix == ".safetensors":
        one, other = (dict(deserialize(path.read_bytes())) for path in (former, present))
        differing = [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]
        return f": {min(differing)}" if differing else ""
    if former.suffix in (".json", ".jsonl"):
        one, other = ([json.loads(line) for line in _documents(path)] for path in (former, present))
        return "" if _alike(one, other) else ": " + former.stem
    return "" if former.read_bytes() == present.read_bytes() else ": its bytes"


def _documents(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return text.splitlines() if path.suffix == ".jsonl" else [text]


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_alike(one[key], other[key]) for key in one.keys() & other.keys() - TIMES)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    return one == other or (one != one and other != other)


def _bits(variable: xr.Variable) -> tuple[Any, ...]:
    values = variable.to_numpy()
    return values.dtype.str, variable.dims, values.shape, values.tobytes()
