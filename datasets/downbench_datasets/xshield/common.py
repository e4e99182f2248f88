"""What the stand-in of ``xshield`` and its original stores share: configuration, regions, blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

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
    """Parameters of the stand-in; the original stores have none."""

    size: Annotated[int, AfterValidator(_whole_blocks)] = Field(
        96, ge=16, le=384, description="Fine cells along the edge of each tile's central window."
    )
    days: int = Field(300, ge=2, le=3650, description="Length of the record [days].")
    seed: int = Field(0, description="Seed of the generator.")


class XShieldDataset(Dataset):
    """Global rain at 25 km from fields at 200 km, 3-hourly."""

    Config = XShieldConfig
    name = "xshield"

    def regions(self, static: xr.Dataset) -> Mapping[str, xr.DataArray]:
        """Masks of tropics, extratropics, land, sea and mountains, where the static fields allow them."""
        return standard_regions(static)
