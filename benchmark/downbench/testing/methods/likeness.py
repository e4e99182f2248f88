"""Is what a method makes like its coarse input: in amount, in place, in mass?"""

from __future__ import annotations

import numpy as np

from downbench.plausible import unlike_in_amount, unlike_in_place
from downbench.resampling import block_mean
from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.methods.at_work import MethodAtWork
from downbench.testing.rain import FACTOR

# A hardly trained method may have too much or too little rain, by up to this factor. Whatever has the right
# mass within it has a wrong one once it is 24 times off, as mm/day are: the square of 4 is less than 24.
MASS = 4.0
_HINT = (
    "yield mm/h, as the input is: multiply kg m-2 s-1 by 3600, divide mm/day by 24, undo every transformation"
)


@check(_HINT, ["finite", "rain-at-all"])
def units(method: MethodAtWork) -> None:
    """Mean rain is that of the coarse input within a factor of four, which no other unit is."""
    declared = {str(part.attrs["units"]) for part in method.slices if "units" in part.attrs}
    mean = float(np.maximum(method.ensemble, 0).mean())
    reference = float(method.scene.coarse["precipitation"].mean())
    if text := unlike_in_amount(mean, reference, MASS):
        says = f"; its attribute units says {declared.pop()!r}" if declared else ""
        raise Failed(f"{text} ({mean:.3g} and {reference:.3g} mm/h){says}", method.at)


@check(
    "keep the order of coarse: y is the axis before the last, x the last, and frames keep their times",
    ["finite", "rain-at-all"],
)
def place(method: MethodAtWork) -> None:
    """Means over coarse cells are like the input as they stand: not turned, mirrored or shifted."""
    means = block_mean(method.ensemble.mean(axis=0), FACTOR)
    if text := unlike_in_place(means, method.scene.coarse["precipitation"].to_numpy()[:, 0]):
        raise Failed(text, method.at)


@check("scale the samples to the coarse rain, or take 'conserve' out of finishing()", ["finite"])
def mass(method: MethodAtWork) -> None:
    """What says among its finishing that it conserves mass gives the coarse rain back."""
    if "conserve" not in method.code.finishing(method.config):
        raise NotApplicable("its finishing() does not say that it conserves mass")
    coarse = method.scene.coarse["precipitation"].to_numpy()[:, 0]
    off = np.abs(block_mean(method.ensemble, FACTOR) - coarse) - 1e-4 - 1e-3 * np.abs(coarse)
    if (off > 0).any():
        raise Failed(f"means over coarse cells are off by up to {off.max():.2g} mm/h", method.at)


CHECKS = (units, place, mass)
