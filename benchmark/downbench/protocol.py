"""What the evaluation protocol fixes for every comparison; ``docs/results/protocol.md`` says why."""

from __future__ import annotations

from typing import Final

VERSION: Final = 2  # part of every result and of the key of its scores
# run beside every method
CONTROLS = ("nearest", "bicubic", "quantile-mapping", "mean-noise", "mean-spectrum-noise")
REFERENCE: Final = "bicubic"  # the control that errors are shown relative to
