"""What a run tells reaches the plug-ins of the process that listens, as if it went forward there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from downbench.errors import FailedElsewhere, RunFailed
from downbench.pipeline.progress import progress_bar
from downbench.pipeline.relay import Message, announce, announce_relayed, error_of, plain_error, relay_to
from downbench.plugins.registry import Registry


@pytest.fixture
def heard() -> Iterator[list[Message]]:
    """What a listener hears, as it comes out of JSON."""
    messages: list[Message] = []
    relay_to(lambda message: messages.append(json.loads(json.dumps(message))))
    yield messages
    relay_to(None)


def test_an_event_is_the_same_there(heard: list[Message], monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(Registry, "announce", lambda self, event, **rest: events.append((event, rest)))
    run = {"method": "unet", "seed": 3, "key": None}
    announce("downbench_stage_finished", run=run, stage="fit", directory=Path("a/b"), reused=False)
    announce("downbench_run_failed", run=run, error=RunFailed("no rain", "take another day"))
    assert events == []
    relay_to(None)
    for message in heard:
        announce_relayed(message)
    [(stage, details), (failure, rest)] = events
    assert stage == "downbench_stage_finished"
    assert details == {"run": run, "stage": "fit", "directory": Path("a/b"), "reused": False}
    assert failure == "downbench_run_failed"
    assert str(rest["error"]) == "no rain\n  take another day"


def test_an_error_keeps_its_traceback_however_far_it_goes() -> None:
    try:
        raise ZeroDivisionError("on purpose")
    except ZeroDivisionError as error:
        first = plain_error(error)
    assert first["message"] == "ZeroDivisionError: on purpose"
    assert "in test_an_error_keeps_its_traceback_however_far_it_goes" in first["traceback"]
    second = error_of(first)
    assert isinstance(second, FailedElsewhere)
    assert plain_error(second) == first


def test_progress_is_relayed_now_and_then(heard: list[Message], monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    monkeypatch.setattr("downbench.pipeline.progress.time.monotonic", lambda: seconds[0])
    with progress_bar("fit    unet") as progress:
        for done in range(1, 11):
            seconds[0] += 0.125
            progress(done, 10, "loss")
    assert [message["done"] for message in heard] == [0, 2, 4, 6, 8, 10]
    assert {message["title"] for message in heard} == {"fit    unet"}
