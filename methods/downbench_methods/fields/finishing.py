"""What finishes an ensemble, the same for every method: mass, distribution, and memory of noise in time.

None of the three belongs to a method: each makes the samples of any ensemble better. So all have them, the
controls too, with the same code, the same switches and defaults, fitted to the same pieces of training data
(``base/fit_finishing.py``); what is left between two methods is then the methods' own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import NonNegativeInt

from downbench import Config, parameter
from downbench_methods.fields.calibration import Calibration
from downbench_methods.fields.mass import conserve
from downbench_methods.fields.noise_in_time import Memory

Array = NDArray[np.float32]


class FinishingConfig(Config):
    """The switches, and what they are set to where nothing else is asked for: off."""

    conserve: bool = parameter(
        False, "Whether samples are scaled to give the coarse rain back, block by block."
    )
    calibrate: NonNegativeInt = parameter(
        0, "Passes of mapping the distribution of an ensemble to that of training data; 0 is none."
    )
    noise_memory: Memory = parameter(
        0.0,
        "E-folding time of noise over successive frames; 0 is new noise for each, shared one noise for all, "
        "fitted that of the residual in training data, or that which gives samples the lag-1 correlation of "
        "training rain where there is no residual.",
        "h",
    )


# the default of every ensemble; "paper" has what each method's paper has
FINISHING: Mapping[str, Mapping[str, Any]] = {
    name: {"conserve": True, "calibrate": 2, "noise_memory": "fitted"} for name in ("smoke", "tiny", "small")
}


class Finisher(Config):
    """What was fitted of it.

    Args:
        calibration: None where there is none.
        memory: hours that a ``"fitted"`` memory of noise stands for.
    """

    calibration: Calibration | None = None
    memory: float = 0.0

    def finish(
        self, rain: Array, coarse: Array, config: FinishingConfig, factor: int, area: NDArray[Any] | None
    ) -> Array:
        """Calibrate rain and scale it to the coarse rain, as far as the configuration says so.

        Args:
            rain: mm/h, (member, frames, y, x); coarse: mm/h, (frames, Y, X).
            config: of the method; factor: fine cells along the edge of a coarse cell.
            area: of the fine cells (y, x), any unit; None is equal areas.
        """
        if self.calibration is not None and config.calibrate:
            rain = self.calibration(rain)
        return conserve(rain, coarse, factor, area) if config.conserve else rain


def switched_on(config: FinishingConfig, ensemble: bool = True) -> dict[str, str]:
    """What finishes the samples of a configuration, name to a few words.

    Args:
        ensemble: whether members differ; a single field is neither calibrated nor has it noise.
    """
    memory, passes = config.noise_memory, config.calibrate
    words = {
        "conserve": "on" if config.conserve else "",
        "calibrate": f"{passes} pass{'es' * (passes > 1)}" if ensemble and passes else "",
        "memory": (memory if isinstance(memory, str) else f"{memory:g} h") if ensemble and memory else "",
    }
    return {name: text for name, text in words.items() if text}
