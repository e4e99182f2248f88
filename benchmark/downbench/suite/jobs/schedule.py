"""Which run goes forward next: runs of one fit one after another, so that nothing is fitted twice."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from downbench.pipeline.plan import Plan


class Schedule:
    """Runs that wait and runs that go forward.

    Args:
        plans: of all runs, in the order in which they are to be begun.
    """

    def __init__(self, plans: Iterable[Plan]) -> None:
        self.waiting = list(plans)
        self.going: list[Plan] = []

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do."""
        return not self.waiting and not self.going

    def next(self) -> Plan | None:
        """The first run that waits and whose fit no other is at; None where there is none."""
        busy = {_fit(plan) for plan in self.going}
        return next((plan for plan in self.waiting if _fit(plan) not in busy), None)

    def begin(self, plan: Plan) -> None:
        """Note that a run goes forward."""
        self.waiting = _without(plan, self.waiting)
        self.going.append(plan)

    def end(self, plan: Plan) -> None:
        """Note that a run has ended."""
        self.going = _without(plan, self.going)

    def put_back(self, plan: Plan) -> None:
        """Note that a run was stopped, and is to be begun again before those that have not been begun."""
        self.going = _without(plan, self.going)
        self.waiting.insert(0, plan)


def _fit(plan: Plan) -> Path:
    return plan.directory.fit


def _without(plan: Plan, plans: list[Plan]) -> list[Plan]:
    return [other for other in plans if other is not plan]
