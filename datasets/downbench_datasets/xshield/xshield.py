"""The dataset ``xshield``: the embedded stand-in, or the original stores at a data root."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from downbench_datasets.xshield.common import XShieldConfig, XShieldDataset
from downbench_datasets.xshield.standin_dataset import XShieldStandIn
from downbench_datasets.xshield.stores_dataset import XShieldStores


class XShield(XShieldDataset):
    """Global rain at 25 km from fields at 200 km: the stand-in, or the stores at a root."""

    def __new__(cls, config: XShieldConfig, root: Path | None = None) -> Any:
        """Make an ``XShieldStandIn`` without a root, else an ``XShieldStores``."""
        return XShieldStandIn(config) if root is None else XShieldStores(config, root)
