"""Whose code gets a process of its own."""

from __future__ import annotations

import pytest

from downbench import MethodInfo, UserError
from downbench.isolation.limits import make_isolation
from downbench.plugins.registry import Registration

OURS = Registration(MethodInfo(name="ours", target="a:b"), "downbench", "1")
THEIRS = Registration(MethodInfo(name="theirs", target="a:b"), "somebody", "1")


@pytest.mark.parametrize(
    ("wanted", "limit", "switch", "ours", "theirs"),
    [
        (None, None, None, False, True),
        (None, None, "0", False, False),
        (True, None, "0", True, True),
        (False, None, None, False, False),
        (None, "10m", "0", True, True),
    ],
)
def test_whose_code(
    monkeypatch: pytest.MonkeyPatch,
    wanted: bool | None,
    limit: str | None,
    switch: str | None,
    ours: bool,
    theirs: bool,
) -> None:
    monkeypatch.delenv("DOWNBENCH_ISOLATE", raising=False)
    if switch is not None:
        monkeypatch.setenv("DOWNBENCH_ISOLATE", switch)
    isolation = make_isolation(wanted, limit, None)
    assert (isolation.of(OURS), isolation.of(THEIRS)) == (ours, theirs)
    assert isolation.of(OURS, THEIRS) == theirs


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1.5m", 90), ("2h", 7200)])
def test_time(text: str, seconds: float) -> None:
    assert make_isolation(None, text, None).seconds == seconds


@pytest.mark.parametrize("text", ["", "10", "0s", "-1m", "1d", "m", "nan h"])
def test_amounts_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="--time-limit"):
        make_isolation(None, text, None)
    with pytest.raises(UserError, match="--memory-limit"):
        make_isolation(None, None, text)
