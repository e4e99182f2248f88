"""Coherence of motion."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from downbench import Chunk, Metric, Null, Statistic, Totals, Value, in_threads
from downbench_metrics.motion.displacement import candidates, warping_errors
from downbench_metrics.motion.previous import frame_before
from downbench_metrics.shared.zones import frames_per_thread


class Warping(Metric):
    """Whether a method's rain moves with the true rain, or flickers."""

    name = "warping"
    neighbours = True
    unit = "1"
    direction = "zero"
    range = (-1.0, float("inf"))
    past = 1
    definition = (
        "mean absolute difference of a frame and the one before moved along, over members, cells and times "
        "by area; over that of the truth, less 1. The motion is the truth's own, for all alike: blocks of "
        "32x32 cells, the displacement of at most 8 cells in y and x with the least mean square difference, "
        "the shortest of equal ones. Above zero rain flickers or moves otherwise, below it is too smooth"
    )
    reference = "Lai et al. (2018), arXiv:1808.00449 (warping error; block matching for optical flow)"

    def statistics(self, chunk: Chunk) -> Mapping[str, Statistic]:
        """Sums of warping errors of truth and ensemble."""
        errors = np.empty((2, *chunk.truth.shape), np.float32)
        shape = chunk.truth.shape[1:]
        old, olds = (each.reshape(*each.shape[:-1], *shape) for each in frame_before(chunk))
        moves = candidates()

        def work(start: int, stop: int) -> None:
            warping_errors(chunk.truth, chunk.members, old, olds, moves, errors, start, stop)

        in_threads(work, len(chunk.times), frames_per_thread(chunk))
        valid = np.isfinite(errors[0])
        return {"truth": chunk.sum(errors[0], "", valid), "ensemble": chunk.sum(errors[1], "", valid)}

    def value(self, totals: Totals) -> Value:
        """Ratio of warping errors, less 1."""
        if totals["truth"] <= 0:
            return Null("no two frames follow each other, or the truth only moves")
        return float(totals["ensemble"] / totals["truth"]) - 1
