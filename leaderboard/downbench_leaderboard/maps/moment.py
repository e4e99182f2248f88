"""One example frame of a run, small enough that a board shows it beside those of all others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Moment:
    """The wettest example frame of a run; images are ``data:`` addresses.

    Args:
        time: of the frame.
        tile: of the dataset, "" where it has but one.
        coarse: what the method was handed.
        truth: what happened.
        member: the first member.
        heaviest: rain of the truth, mm/h.
        top: end of the colour scale, mm/h.
        share: of the fine cells that have a value in the truth, 0 to 1; pictures are cropped to these.
        frames: how many the page of the run shows.
    """

    time: str
    tile: str
    coarse: str
    truth: str
    member: str
    heaviest: float
    top: float
    share: float = 1.0
    frames: int = 1

    @property
    def key(self) -> str:
        """The same for runs of a board that kept the same frame.

        A board has but one truth; its picture may differ by rounding, since an archive keeps it in few bits.
        """
        return f"{self.tile} {self.time}"
