"""``ofdiff-self-supervised``: OF-Diff that never sees fine rain, trained one scale up.

Between a coarse field and its own block means lies the same factor as between the fine field and the coarse
one. OF-Diff is trained there, and applied one scale down, as internal learning does it for images (Shocher et
al. 2018, arXiv 1712.06087). It rests on rain looking alike at both scales, which it does roughly: rain is
close to scale invariant over two orders of magnitude (Lovejoy and Schertzer 1985,
doi:10.1029/WR021i008p01233).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from downbench import FieldSequence, FitContext
from downbench_methods.ofdiff.method import OFDiff
from downbench_methods.training.clips import Clips
from downbench_methods.training.presets import Presets, merge
from downbench_methods.training.pseudo_pairs import coarser_pairs


class OFDiffSelfSupervised(OFDiff):
    """OF-Diff, trained between the coarse field and its block means."""

    presets: ClassVar[Presets] = merge(OFDiff.presets, tiny={"train_steps": 850, "mean_rate": 9.7})

    def fit(
        self, train: tuple[FieldSequence, ...], validation: tuple[FieldSequence, ...], context: FitContext
    ) -> None:
        """Train one scale up; fine rain is not read.

        Raises:
            UserError: as of :meth:`NetworkMethod.fit`.
            RunFailed: training diverged.
        """
        ours, theirs = (
            tuple(coarser_pairs(sequence, context.factor) for sequence in split)
            for split in (train, validation)
        )
        super().fit(ours, theirs, context)

    def prepare(self, clips: Clips) -> None:
        """Let samples rain harder than anything that was seen, by as much as the scales differ."""
        super().prepare(clips)
        growth = growth_of_extremes(clips)
        self.transform = self.transform.model_copy(update={"highest": self.transform.highest * growth})


def growth_of_extremes(clips: Clips) -> float:
    """Highest coarse rain over the highest mean of a block of it, at least 1; of what clips are cut from."""
    highest = np.zeros(2)
    for source in clips.sources:
        fine, coarse = source.sequence.fine, source.sequence.coarse["precipitation"]
        highest = np.fmax(highest, [float(fine.max()), float(coarse.max())])
    return float(highest[0] / highest[1]) if highest[1] > 0 else 1.0
