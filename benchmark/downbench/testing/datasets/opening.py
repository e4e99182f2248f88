"""Can a dataset be made and opened, and is what it opens what it says?"""

from __future__ import annotations

import numpy as np

from downbench.contracts.dataset import SPLITS
from downbench.contracts.open_split import open_split
from downbench.errors import UserError
from downbench.rain_values import clean_precipitation
from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.datasets.at_work import DatasetAtWork, chosen_frames, content_of


@check("set name, step, predictors, time_bin, resampling_block, gap and splits, on the class or in __init__")
def made(dataset: DatasetAtWork) -> None:
    """It can be made, and has the attributes that a run needs, each of its kind."""
    _ = dataset.dataset


@check(
    "open(split) returns a tuple of downbench.FieldSequence, whose fields have the dims time, tile, y and x, "
    "one set of times, and fine cells that are a multiple of the coarse ones",
    ["made"],
)
def opens(dataset: DatasetAtWork) -> None:
    """Each split opens as a tuple of sequences whose dims, sizes and times fit together."""
    for split in SPLITS:
        if not any(len(sequence.times) for sequence in dataset.opened(split)):
            raise Failed(f"the split {split!r} has no frames", dataset.at)
        names = [sequence.name for sequence in dataset.opened(split)]
        if len(set(names)) < len(names):
            raise Failed(f"two sequences of the split {split!r} have one name", dataset.at, "name them apart")


@check("step is the time between fine frames, factor the fine cells along a coarse one", ["opens"])
def step_and_factor(dataset: DatasetAtWork) -> None:
    """`step` and `factor` are those of the fields, and the time bin and block are multiples of the step."""
    one = dataset.dataset
    for split, sequence in dataset.sequences():
        where = f"sequence {sequence.name!r} of {split!r}"
        if len(sequence.times) > 1 and (got := sequence.times[1] - sequence.times[0]) != one.step:
            raise Failed(
                f"step is {one.step}, and the frames of {where} are {got.astype('timedelta64[s]')} apart"
            )
        factor = sequence.fine.sizes["y"] / sequence.coarse.sizes["y"]
        if factor != one.factor or sequence.fine.sizes["x"] != one.factor * sequence.coarse.sizes["x"]:
            raise Failed(f"factor is {one.factor}, and the cells of {where} are {factor:g} times finer")
    for name, unit in (("time_bin", one.step), ("resampling_block", one.time_bin)):
        length = getattr(one, name)
        if length is not None and (length < unit or length % unit):
            raise Failed(f"{name} is {length}, which is no multiple of {unit}")


@check("name in predictors what the coarse fields hold, precipitation first", ["opens"])
def predictors(dataset: DatasetAtWork) -> None:
    """All predictors that are named are there, with the dims time, tile, y and x."""
    for split, sequence in dataset.sequences():
        if lacking := [name for name in dataset.dataset.predictors if name not in sequence.coarse]:
            raise Failed(f"the coarse fields of {split!r} lack the predictor {lacking[0]!r}", dataset.at)
        for name in dataset.dataset.predictors:
            if sequence.coarse[name].dims != sequence.fine.dims:
                raise Failed(f"the predictor {name!r} has the dims {sequence.coarse[name].dims}", dataset.at)


@check("mark missing values as NaN, and clean rain with downbench.clean_precipitation", ["opens"])
def values(dataset: DatasetAtWork) -> None:
    """Rain is possible: not negative, not infinite, without values that stand for missing ones."""
    for split, sequence in dataset.sequences():
        for kind, rain in (("fine", sequence.fine), ("coarse", sequence.coarse["precipitation"])):
            part = rain.isel(time=chosen_frames(rain.sizes["time"]))
            clean_precipitation(part.load(), f"the {kind} rain of {split!r}", sequence.rain_limit)
        if not np.isfinite(sequence.fine.isel(time=chosen_frames(len(sequence.times))).to_numpy()).any():
            raise Failed(f"every cell of the fine rain of {split!r} is missing", dataset.at)


@check("read the data lazily and without randomness; seed what is made up", ["opens"])
def opens_again(dataset: DatasetAtWork) -> None:
    """Made and opened a second time, it has the same content and fingerprint."""
    again = dataset.made()
    if again.fingerprint() != dataset.dataset.fingerprint():
        raise Failed("the fingerprint is another when the dataset is made again", dataset.at_fingerprint)
    if content_of(again) != content_of(dataset.dataset):
        raise Failed("the fields are others when the dataset is made again", dataset.at)


@check("masks are (tile, y, x) of the fine grid; static fields have its cells", ["opens"])
def regions(dataset: DatasetAtWork) -> None:
    """Static fields and regions have the cells of the fine grid."""
    for split, sequence in dataset.sequences():
        sizes = {dim: sequence.fine.sizes[dim] for dim in ("y", "x")}
        masks = dataset.dataset.regions(sequence.static) if sequence.static else {}
        for name, one in [*sequence.static.data_vars.items(), *masks.items()]:
            got = {dim: one.sizes.get(dim) for dim in sizes}
            if got != sizes and {"y", "x"} <= set(one.dims):
                raise Failed(
                    f"the field {name!r} of {split!r} has the sizes {got}, the fine grid {sizes}", dataset.at
                )


@check("let what cannot be opened raise downbench.UserError with the path and what to do", ["made"])
def missing_files(dataset: DatasetAtWork) -> None:
    """A folder or file that is not there is refused in one message, not taken for empty data."""
    if dataset.root is None:
        raise NotApplicable("it was made without --data-root")
    nowhere = dataset.folder / f"nowhere{dataset.root.suffix}"
    try:
        lost = dataset.made(nowhere)
        for split in SPLITS:
            open_split(lost, split)
    except UserError:
        return
    raise Failed("it opens although its data are not there", dataset.at)


CHECKS = (made, opens, step_and_factor, predictors, values, opens_again, regions, missing_files)
