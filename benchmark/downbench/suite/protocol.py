"""What the protocol prescribes for every comparison."""

from __future__ import annotations

CONTROLS = ("nearest", "bicubic", "quantile-mapping", "mean-noise")
"""Methods that every comparison includes unless ``--no-controls`` leaves them out."""
