"""What a method's fit is handed: the training data, or only what its description says that it reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NoReturn, TypeVar

import dask.array as da
import numpy as np
import xarray as xr

from downbench.contracts.dataset import Dataset, FieldSequence
from downbench.contracts.open_split import open_split
from downbench.errors import UserError
from downbench.plugins.descriptions import MethodInfo

X = TypeVar("X", xr.Dataset, xr.DataArray)


def training_data(
    dataset: Dataset, info: MethodInfo
) -> tuple[tuple[FieldSequence, ...], tuple[FieldSequence, ...]]:
    """Open the splits ``train`` and ``validation`` for a method.

    Returns:
        Their sequences; what the method says it does without raises when it is read (:func:`allowed`).
    """
    train, validation = (open_split(dataset, split) for split in ("train", "validation"))
    return allowed(train, info), allowed(validation, info)


def allowed(sequences: tuple[FieldSequence, ...], info: MethodInfo) -> tuple[FieldSequence, ...]:
    """Sequences of which a method can read what its description names, and nothing else.

    With ``training="coarse only"`` the fine rain, with ``"unpaired"`` the coarse fields still have their
    dims, sizes and coordinates, but no values: reading them is a :class:`UserError`.
    """
    if info.training == "coarse only":
        return tuple(replace(one, fine=_sealed(one.fine, info, "fine rain")) for one in sequences)
    if info.training == "unpaired":
        return tuple(replace(one, coarse=_sealed(one.coarse, info, "coarse fields")) for one in sequences)
    return sequences


def _sealed(fields: X, info: MethodInfo, what: str) -> X:
    """The same fields, lazy, with an error in place of values."""
    message = f"method {info.name!r} says training={info.training!r}, and its fit reads the {what}"

    def refuse(block_info: Any = None) -> NoReturn:
        raise UserError(
            message, "train it without them, or leave 'training' in its MethodInfo at what it is: 'pairs'"
        )

    def sealed(field: xr.DataArray) -> xr.DataArray:
        chunks = field.chunks or tuple((size,) for size in field.shape)
        nothing = np.empty((0,) * field.ndim, field.dtype)
        return field.copy(data=da.map_blocks(refuse, chunks=chunks, dtype=field.dtype, meta=nothing))

    if isinstance(fields, xr.Dataset):
        return fields.assign({name: sealed(field) for name, field in fields.data_vars.items()})
    return sealed(fields)
