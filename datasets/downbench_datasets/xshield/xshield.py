"""The dataset ``xshield``: the embedded stand-in, or the original stores at a data root."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import xarray as xr
from pydantic import AfterValidator, Field

from downbench import Config, Dataset
from downbench_datasets.shared.regions import standard_regions

RESAMPLING_BLOCK = np.timedelta64(2, "D")


def _whole_blocks(size: int) -> int:
    if size % 8:
        raise ValueError("must be a multiple of 8")
    return size


class XShieldConfig(Config):
    """Parameters of the stand-in; original stores have none.

    Args:
        size: fine cells along the edge of each tile's central window, 16 to 384.
        days: length of the record, at least 2.
        seed: of the generator.
    """

    size: Annotated[int, Field(ge=16, le=384), AfterValidator(_whole_blocks)] = 96
    days: Annotated[int, Field(ge=2, le=3650)] = 300
    seed: int = 0


class XShield(Dataset):
    """Global rain at 25 km from fields at 200 km, 3-hourly.

    Makes the stand-in (``XShieldStandIn``) when there is no root, else what lies there (``XShieldStores``).
    """

    Config = XShieldConfig
    name = "xshield"

    def __new__(cls, config: XShieldConfig, root: Path | None = None) -> Any:
        """Choose the class that knows what is there."""
        if cls is not XShield:
            return super().__new__(cls)
        from downbench_datasets.xshield.standin_dataset import XShieldStandIn
        from downbench_datasets.xshield.stores_dataset import XShieldStores

        return super().__new__(XShieldStandIn if root is None else XShieldStores)

    def regions(self, static: xr.Dataset) -> Mapping[str, xr.DataArray]:
        """Tropics, extratropics, land, sea and mountains, as far as the static fields tell them."""
        return standard_regions(static)
