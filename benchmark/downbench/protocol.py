"""What the evaluation protocol fixes for every comparison; ``docs/protocol.md`` says why."""

from __future__ import annotations

from typing import Final

VERSION: Final = 2  # part of every result and of the key of its scores
CONTROLS = ("nearest", "bicubic", "quantile-mapping", "mean-noise")  # run beside every method
