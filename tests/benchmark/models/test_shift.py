"""Shift tracks: what methods are fitted with must be there, in the same units."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sequences import make_sequence, topography

from downbench import Config, Dataset, FieldSequence, UserError
from downbench.models.shift import check_track, track_part
from downbench.scoring.frames import Frames, Track

FINE = np.ones((4, 16, 16), np.float32)
WIND = np.ones((4, 1, 2, 2), np.float32)


class Windy(Dataset):
    """Rain with wind and relief, in a year."""

    name = "windy"
    predictors = ("precipitation", "wind")
    step, gap = np.timedelta64(1, "h"), np.timedelta64(6, "h")
    splits = {}  # noqa: RUF012

    def __init__(self, year: int, **change: object) -> None:
        super().__init__(Config())
        whole = make_sequence(FINE, topography(FINE[:1]), start=f"{year}-01-01", wind=WIND)
        whole.coarse["wind"].attrs["units"] = "m/s"
        self.whole, self.year = replace(whole, **change), year  # type: ignore[arg-type]

    def open(self, split: str) -> tuple[FieldSequence, ...]:
        """The same for each."""
        return (self.whole,)

    def fingerprint(self) -> str:
        """The year."""
        return str(self.year)


def shifted(**change: object) -> Frames:
    """The year 2021, for methods that are fitted on 2020."""
    scored = Windy(2021, **change)
    return Frames(scored, scored.open("test"), None, (), Track("later", Windy(2020)))


def test_a_track_says_what_methods_were_fitted_on() -> None:
    frames = shifted()
    check_track(frames)
    part = track_part(frames)
    assert part is not None
    assert (part.name, part.training.fingerprint, part.overlap.verdict) == ("later", "2020", "none")
    assert track_part(replace(frames, track=None)) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda whole: {"coarse": whole.coarse.drop_vars("wind")},
            "lacks wind, which methods are fitted with",
        ),
        (lambda whole: {"static": whole.static.drop_vars("topography")}, "lacks topography"),
        (
            lambda whole: {"coarse": whole.coarse.assign(wind=whole.coarse["wind"].assign_attrs(units="K"))},
            "wind is in 'K', methods are fitted with 'm/s'",
        ),
    ],
)
def test_fields_that_are_missing_or_of_another_unit_are_refused(change: object, message: str) -> None:
    with pytest.raises(UserError, match=f"track 'later': .*{message}"):
        check_track(shifted(**change(Windy(2021).whole)))  # type: ignore[operator]
