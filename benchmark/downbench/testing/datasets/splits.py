"""Are the splits of a dataset apart from each other, and its fine rain like its coarse rain?"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from downbench.contracts.dataset import SPLITS, FieldSequence
from downbench.scoring.leaks import shared_frames
from downbench.scoring.likeness import in_other_units, misplaced
from downbench.scoring.measured_relation import measure_splits
from downbench.testing.check import Failed, check
from downbench.testing.datasets.at_work import DatasetAtWork

ALL_FRAMES = 64  # of a sequence, or as many as there are
HEAVY, DRY = 10.0, 1e-3  # mm/h: no mean over all cells and times is above or below, units being right
_OVERLAP = "cut the record at two times with a gap between, or give each split other years, places or members"


@check(_OVERLAP, ["opens"])
def splits_apart(dataset: DatasetAtWork) -> None:
    """No frame is in two splits, whatever its time is called."""
    if text := shared_frames({split: dataset.opened(split) for split in SPLITS}, ALL_FRAMES):
        raise Failed(text, dataset.at)


@check(_OVERLAP, ["opens", "splits-apart"])
def gap(dataset: DatasetAtWork) -> None:
    """Where splits are of one record at different times, at least `gap` lies between them."""
    for one, other in combinations(SPLITS, 2):
        for a in dataset.opened(one):
            for b in dataset.opened(other):
                if (a.record or a.name) == (b.record or b.name):
                    _check_gap(dataset, a, b, f"{one!r} and {other!r}")


def _check_gap(dataset: DatasetAtWork, a: FieldSequence, b: FieldSequence, which: str) -> None:
    first, second = sorted((a, b), key=lambda sequence: sequence.times[0])
    if not (len(a.times) and len(b.times)) or first.times[-1] >= second.times[0]:
        return  # splits by place or member share their times
    between = second.times[0] - first.times[-1] - dataset.dataset.step
    if between < dataset.dataset.gap:
        raise Failed(
            f"between {which} lie {_hours(between)}, and gap says {_hours(dataset.dataset.gap)}", dataset.at
        )


def _hours(span: np.timedelta64) -> str:
    return f"{span / np.timedelta64(1, 'h'):g} h"


@check(
    "y and x of coarse and fine run the same way, and coarse cell (i, j) lies over fine cells i*factor...",
    ["opens"],
)
def orientation(dataset: DatasetAtWork) -> None:
    """The fine rain lies where the coarse rain is, not turned, mirrored or shifted."""
    for split in SPLITS:
        if text := misplaced(dataset.opened(split)):
            raise Failed(f"fine rain of {split!r}, {text}", dataset.at)


@check("give both in mm/h, with downbench.to_mm_per_hour(units, where) as the factor", ["opens"])
def units(dataset: DatasetAtWork) -> None:
    """Coarse and fine rain have one mean within a factor of eight, and one that rain in mm/h can have."""
    for split in SPLITS:
        if text := in_other_units(dataset.opened(split)):
            raise Failed(f"fine rain of {split!r}: {text}", dataset.at)
    means = [float(sequence.coarse["precipitation"].mean()) for _, sequence in dataset.sequences()]
    finite = [mean for mean in means if np.isfinite(mean)]
    if finite and (max(finite) > HEAVY or max(finite) < DRY):
        raise Failed(
            f"mean rain is {max(finite):.3g} mm/h, in the wettest sequence, which no climate has", dataset.at
        )


@check("leave out coarse_is_mean = True, or mend the mean", ["opens"])
def relation(dataset: DatasetAtWork) -> None:
    """Coarse rain is the mean of the fine where the dataset says so."""
    measure_splits(dataset.dataset)


CHECKS = (splits_apart, gap, orientation, units, relation)
