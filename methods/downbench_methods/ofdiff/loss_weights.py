"""OF-Diff with other weights of its three losses."""

from __future__ import annotations

from typing import Any, ClassVar

from downbench_methods.ofdiff.ablations import Ablation


class EqualLosses(Ablation):
    """Each of the three losses counts once, where the paper has 1.7, 1.0 and 0.3."""

    switch: ClassVar[dict[str, Any]] = {"loss_diffusion": 1.0, "loss_mean": 1.0, "loss_flow": 1.0}
