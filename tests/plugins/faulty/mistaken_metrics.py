"""A plug-in file: one right metric, and that metric with each of the mistakes that authors make."""

from __future__ import annotations

from typing import Any

import numpy as np

from downbench import Metric, MetricInfo, hookimpl


class Good(Metric):
    """Mean absolute error of the members; subclasses go wrong in one place each."""

    def statistics(self, chunk: Any) -> Any:
        """Sums."""
        return {"error": chunk.sum(self.error(chunk)), "area": chunk.weight()}

    def error(self, chunk: Any) -> Any:
        """In mm/h, (time, y, x)."""
        return abs(chunk.members - chunk.truth).mean(axis=0)

    def value(self, totals: Any) -> Any:
        """In mm/h."""
        return float(totals["error"] / totals["area"])


class Raises(Good):
    def error(self, chunk: Any) -> Any:
        raise ZeroDivisionError("by hand")


class WrongKey(Good):
    def value(self, totals: Any) -> Any:
        return float(totals["eror"] / totals["area"])


class NotANumber(Good):
    def value(self, totals: Any) -> Any:
        return float("nan")


class Text(Good):
    def value(self, totals: Any) -> Any:
        return f"{super().value(totals):.2f} mm/h"


class Bare(Good):
    def statistics(self, chunk: Any) -> Any:
        return {name: one.values for name, one in super().statistics(chunk).items()}


class Upwards(Good):
    direction = "up"  # type: ignore[assignment]


class TwoRanges(Good):
    range = ("0", "1")  # type: ignore[assignment]


class OutOfRange(Good):
    def value(self, totals: Any) -> Any:
        return -super().value(totals)


class HigherIsBetter(Good):
    direction = "higher"


class LooksBack(Good):
    """It looks at the frame before, within its chunk."""

    def error(self, chunk: Any) -> Any:
        return np.nan_to_num(abs(np.diff(chunk.truth, axis=0, prepend=chunk.truth[:1])))


class UsesPast(Good):
    """It looks at frames that are there for others."""

    def error(self, chunk: Any) -> Any:
        before = chunk.past_truth[-1:] if len(chunk.past_truth) else chunk.truth[:1]
        return np.nan_to_num(abs(np.concatenate([before, chunk.truth])[1:] - before))


class Averages(Good):
    """The mean over the frames of its chunk, in every one of them."""

    def error(self, chunk: Any) -> Any:
        error = np.nan_to_num(super().error(chunk))
        return np.broadcast_to(error.mean(axis=0), error.shape)


class FirstMember(Good):
    def error(self, chunk: Any) -> Any:
        return abs(chunk.members[0] - chunk.truth)


class NoRegions(Good):
    def statistics(self, chunk: Any) -> Any:
        own = super().statistics(chunk)
        own["error"] = type(own["error"])(own["error"].values.sum(axis=1, keepdims=True), "step")
        return own


class EnsembleMean(Good):
    """The error of the ensemble mean shrinks with the number of members, and it says that it is fair."""

    def error(self, chunk: Any) -> Any:
        return (chunk.members.mean(axis=0) - chunk.truth) ** 2


class SeesMasked(Good):
    def statistics(self, chunk: Any) -> Any:
        own = super().statistics(chunk)
        total = np.nan_to_num(chunk.members).sum(axis=(0, 2, 3), dtype=np.float64)
        own["error"] = type(own["error"])(np.repeat(total[:, None], own["area"].values.shape[1], 1), "step")
        return own


class Draws(Good):
    def error(self, chunk: Any) -> Any:
        return super().error(chunk) + np.random.default_rng().random(chunk.truth.shape)


class Writes(Good):
    def error(self, chunk: Any) -> Any:
        chunk.truth[np.isnan(chunk.truth)] = 0
        return super().error(chunk)


class ComesAndGoes(Good):
    def value(self, totals: Any) -> Any:
        value = super().value(totals)
        return {"large" if value > 1 else "small": value}


class NoHeadline(Good):
    headline = "total"


KINDS = {
    name: kind for name, kind in list(globals().items()) if isinstance(kind, type) and issubclass(kind, Good)
}


@hookimpl
def downbench_metrics() -> list[MetricInfo]:
    """Each class by its name in lower case."""
    return [MetricInfo(name=n.lower(), target=f"mistaken_metrics:{n}", default=False) for n in KINDS]
