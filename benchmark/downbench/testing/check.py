"""What a check is, and what a report of checks says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Literal, TypeVar

from downbench.errors import DownbenchError

S = TypeVar("S")
_AT_END = re.compile(r"\(([^()]+:\d+[^()]*)\)$")
Status = Literal["ok", "failed", "not reached", "not applicable"]


class Failed(Exception):
    """A check that somebody's code does not pass.

    Args:
        message: what is wrong.
        at: the place in the author's code; by default where the class is defined.
        hint: in place of the check's own.
    """

    def __init__(self, message: str, at: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message, self.at, self.hint = message, at, hint


class NotApplicable(Exception):
    """A check that has nothing to say about this method, metric or dataset; the text says why."""


@dataclass(frozen=True)
class Check(Generic[S]):
    """One check.

    Args:
        name: of the check.
        meaning: what is checked, in one sentence.
        hint: what to do where it fails.
        work: does it; raises :class:`Failed` or :class:`NotApplicable`.
        needs: names of checks that must have passed before.
    """

    name: str
    meaning: str
    hint: str
    work: Callable[[S], None]
    needs: tuple[str, ...] = ()


def check(hint: str, needs: Iterable[str] = ()) -> Callable[[Callable[[S], None]], Check[S]]:
    """Make a check of a function: its name is the check's, the first line of its docstring the meaning."""

    def make(work: Callable[[S], None]) -> Check[S]:
        meaning = (work.__doc__ or "").strip().split("\n\n")[0].replace("\n    ", " ")
        return Check(work.__name__.strip("_").replace("_", "-"), meaning, hint, work, tuple(needs))

    return make


@dataclass(frozen=True)
class Result:
    """What one check said.

    Args:
        check: its name.
        status: ``ok``, ``failed``, ``not reached`` (a check that it needs failed) or ``not applicable``.
        message: what is wrong, or why the check does not apply.
        at: the place in the author's code, as ``file:line`` where that can be known.
        hint: what to do.
    """

    check: str
    status: Status
    message: str = ""
    at: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Report:
    """What all checks said of one method, metric or dataset.

    Args:
        kind: ``method``, ``metric`` or ``dataset``.
        name: of it.
        at: where it is defined.
        results: one a check, in order.
        facts: what was measured besides: name to a number.
    """

    kind: str
    name: str
    at: str
    results: tuple[Result, ...]
    facts: dict[str, float] = field(default_factory=dict)

    @property
    def failures(self) -> tuple[Result, ...]:
        """The checks that failed."""
        return tuple(result for result in self.results if result.status == "failed")

    @property
    def ok(self) -> bool:
        """Whether none failed."""
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "results": [asdict(result) for result in self.results], "ok": self.ok}

    def text(self) -> str:
        """The failures, for people."""
        lines = [f"{self.kind} {self.name!r} ({self.at})"]
        for result in self.failures:
            where = f" ({result.at})" if result.at and result.at not in result.message else ""
            lines.append(f"  {result.check}: {result.message}{where}")
            lines += [f"    {line.strip()}" for line in result.hint.splitlines()]
        return "\n".join(lines)


def carry_out(checks: Iterable[Check[S]], subject: S, at: str) -> tuple[Result, ...]:
    """Carry out checks one after the other; whatever an author's code raises makes its check fail.

    Args:
        checks: in an order in which each comes after those that it needs.
        subject: what they look at.
        at: where the author's class is defined.
    """
    results: dict[str, Result] = {}
    for one in checks:
        lacking = [name for name in one.needs if name in results and results[name].status != "ok"]
        results[one.name] = (
            Result(
                one.name, _without(results[lacking[0]]), f"it needs what the check {lacking[0]!r} asks for"
            )
            if lacking
            else _result(one, subject, at)
        )
    return tuple(results.values())


def _without(needed: Result) -> Status:
    """Of a check whose need is not met: it is of no use here, or comes once the other one passes."""
    return "not applicable" if needed.status == "not applicable" else "not reached"


def _result(one: Check[S], subject: S, at: str) -> Result:
    try:
        one.work(subject)
    except NotApplicable as reason:
        return Result(one.name, "not applicable", str(reason))
    except Failed as failure:
        place = failure.at or _line_in(failure.message) or at
        return Result(one.name, "failed", failure.message, place, failure.hint or one.hint)
    except DownbenchError as error:  # of the author's code; the message ends with its line
        place = _line_in(error.message) or at
        return Result(one.name, "failed", error.message, place, error.hint or one.hint)
    return Result(one.name, "ok")


def _line_in(message: str) -> str:
    """The place that a message ends with; empty where it has none."""
    line = _AT_END.search(message)
    return line[1] if line else ""
