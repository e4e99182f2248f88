"""Coarse fields that somebody brings, without any truth, and the grid of what is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import xarray as xr


@dataclass(frozen=True)
class CoarseInput:
    """A coarse file as a dataset reads it for ``bench apply``.

    Args:
        fields: predictors, each (time, tile, y, x), ``precipitation`` in mm/h; missing is NaN. May be lazy.
            The coordinate ``time`` increases; it may have gaps.
        static: fine static fields (tile, y, x), as in a :class:`FieldSequence`.
        template: what the output has besides its rain: coordinates of the fine grid with their bounds, times
            with theirs (numbers with CF units), the variable of the grid mapping, each with its attributes.
        dims: names that the output's dims have, of (time, y, x) or (time, tile, y, x).
        attributes: of the output's rain, such as ``grid_mapping`` and ``coordinates``.
        origin: global attributes that are handed on, such as the licence.
        digest: SHA-256 (hex) of the content.
    """

    fields: xr.Dataset
    static: xr.Dataset
    template: xr.Dataset
    dims: tuple[str, ...]
    digest: str
    attributes: dict[str, str] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
