"""A run that is shown: its record, its pages, and the moment that it kept of the weather."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from downbench_leaderboard.maps.moment import Moment
from downbench_leaderboard.records.former import record_of
from downbench_leaderboard.records.schema import Run

REFERENCE_MARK = "reference"  # of runs that came with the suite


@dataclass(frozen=True)
class Entry:
    """A run with the name of its page.

    Args:
        run: what its record says.
        page: address of its page, relative to the site.
        place: run directory, relative to the folder of runs.
        directory: its score directory.
        moment: one example frame, if the run kept any.
        marks: what a reader must know of where it comes from: ``reference``, ``imported``,
            ``scores checked``, ``made again``, ``declared``; none for a run of one's own.
        key: see :func:`~downbench_leaderboard.records.former.key_of`.
    """

    run: Run
    page: str
    place: str
    directory: Path | None = None
    moment: Moment | None = None
    marks: tuple[str, ...] = field(default=())
    key: str = ""

    @property
    def finished(self) -> bool:
        """Whether there are scores to show."""
        return self.run.status == "finished"

    @property
    def maker(self) -> tuple[str, str]:
        """Distribution and name of the method."""
        return (self.run.method.distribution, self.run.method.name)

    @property
    def record(self) -> str:
        """Address of the record as JSON."""
        return record_of(self.page)
