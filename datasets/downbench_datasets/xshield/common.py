"""What the stand-in of ``xshield`` and its original stores share: configuration, regions, blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
import xarray as xr
from pydantic import AfterValidator

from downbench import Config, Dataset, parameter
from downbench_datasets.shared.regions import standard_regions

# The stand-in's daily differences between controls correlate at 0.45: three e-folding times are 3.8 days, and
# 1,000 days have 40 of these blocks in their test split.
RESAMPLING_BLOCK = np.timedelta64(5, "D")


def _whole_blocks(size: int) -> int:
    if size % 8:
        raise ValueError("must be a multiple of 8")
    return size


class XShieldConfig(Config):
    """Parameters of the stand-in; the original stores have none."""

    size: Annotated[int, AfterValidator(_whole_blocks)] = parameter(
        64, "Side of each tile's central window.", "fine cells", ge=16, le=384
    )
    days: int = parameter(1000, "Length of the record.", "days", ge=2, le=3650)
    seed: int = parameter(0, "Seed of the generator.")


class XShieldDataset(Dataset):
    """Global rain at 25 km from fields at 200 km, 3-hourly."""

    Config = XShieldConfig
    name = "xshield"

    def regions(self, static: xr.Dataset) -> Mapping[str, xr.DataArray]:
        """Masks of tropics, extratropics, land, sea and mountains, where the static fields allow them."""
        return standard_regions(static)
