"""What does a method do with what it is handed: input that is not its own, odd input, hidden truth?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.methods.at_work import CONTEXT, MethodAtWork
from downbench.testing.methods.random_numbers import alike
from downbench.testing.rain import FACTOR, SQUARE, TALL, WIDE, moving_rain

_TRUTH = "take everything from coarse, static and what fit() was handed; the test split is for scoring alone"


@check("work on a copy: values = field.to_numpy().copy()", ["fits"])
def input_left_alone(method: MethodAtWork) -> None:
    """Neither `fit` nor `sample` writes into what it is handed, which others work on too."""
    if method.writes:
        error = method.writes[0]
        raise Failed(error.message, hint=error.hint)


@check(_TRUTH, ["finite"])
def truth_sealed(method: MethodAtWork) -> None:
    """Nothing of a test split is opened while the method is fitted and samples."""
    if method.opened:
        raise Failed(f"it opens the test split of {method.opened[0].dataset}", method.opened[0].at)


@check(_TRUTH, ["finite", "same-seed"])
def truth_shuffled(method: MethodAtWork) -> None:
    """Beside another truth, the same coarse input gives the same rain."""
    other = replace(
        method.scene, fine=method.scene.fine.copy(data=method.scene.fine.to_numpy()[::-1, :, ::-1] + 1)
    )
    start = method.scene.coarse.sizes["time"] - 2
    if not alike(method.sample(other, replace(CONTEXT, start=start)), method.ensemble[:, start:]):
        raise Failed("the rain changes with the truth, although the coarse input is the same", method.at)


@check(
    "fill missing cells first, with downbench.fill_nearest; where a whole frame is missing, any rain will do",
    ["finite"],
)
def missing_input(method: MethodAtWork) -> None:
    """Missing cells in the input leave finite rain wherever the input is not missing."""
    scene = moving_rain(4, 5, WIDE, holes=True)
    got = method.sample(scene)
    valid = np.isfinite(scene.coarse["precipitation"].to_numpy()[:, 0]).repeat(FACTOR, 1).repeat(FACTOR, 2)
    if not np.isfinite(got[:, valid]).all():
        lost = 1 - np.isfinite(got[:, valid]).mean()
        raise Failed(f"{lost:.1%} of the cells with valid input have no rain", method.at)


@check("beware of dividing by a mean or a largest value that is zero", ["finite"])
def dry_input(method: MethodAtWork) -> None:
    """Input without any rain gives finite rain."""
    scene = moving_rain(2, 5)
    got = method.sample(replace(scene, coarse=scene.coarse * 0))
    if not np.isfinite(got).all():
        raise Failed(f"{1 - np.isfinite(got).mean():.1%} of the cells are missing or infinite", method.at)


@check("take the sizes of the grid from coarse, and (y, x) in this order", ["finite"])
def any_size(method: MethodAtWork) -> None:
    """A domain that is not square, and of another size than the training data, can be sampled."""
    got = method.sample(moving_rain(2, 6, TALL))
    if not np.isfinite(got).all():
        raise Failed(f"{1 - np.isfinite(got).mean():.1%} of the cells are missing or infinite", method.at)


@check(
    "yield context.time_factor frames of each coarse one, with the times of context.fine_times(...)",
    ["finite"],
)
def finer_time(method: MethodAtWork) -> None:
    """What says that it refines time makes several fine frames of a coarse one."""
    if not method.info.refines_time:
        raise NotApplicable("its MethodInfo does not say refines_time=True")
    got = method.sample(moving_rain(3, 6, SQUARE, time_factor=3))
    if not np.isfinite(got).all():
        raise Failed("rain is missing", method.at)


CHECKS = (missing_input, dry_input, any_size, finer_time, truth_sealed, truth_shuffled)
LAST = (input_left_alone,)
