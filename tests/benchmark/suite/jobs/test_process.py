"""A process that brings runs forward ends with the one that began it, and what it says can be read."""

from __future__ import annotations

import io
import signal
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from folders import TOY

from downbench.pipeline.metric_set import make_metrics
from downbench.pipeline.plan import Plan
from downbench.plugins.session import configure
from downbench.suite.jobs.messages import read_line, write_line
from downbench.suite.jobs.process import Heard, Process
from downbench.suite.request import build_suite
from downbench.suite.suite import _plan_all


@pytest.fixture
def plan(tmp_path: Path) -> Iterator[Plan]:
    """Of a run that takes half a minute to sample."""
    configure((TOY,))
    slow = {"name": "broken", "set": {"how": "slow"}}
    toy = {"name": "toy", "set": {"frames": 30}}
    suite = build_suite({"methods": [slow], "datasets": [toy], "controls": False})
    yield _plan_all(suite, tmp_path, make_metrics(["crps"]), ())[0][0]
    configure()


def test_it_ends_when_nobody_is_left_who_began_it(plan: Plan) -> None:
    """The end of its standard input, as a parent that is killed leaves it; tidily, and with no failure."""
    heard: Queue[Heard] = Queue()
    process = Process(0, {}, heard)
    process.begin(plan)
    while not heard.get(timeout=60)[1].get("title", "").startswith("sample"):
        pass
    process.leave()
    while heard.get(timeout=60)[1]["is"] != "end":
        pass
    assert process.wait_and_kill() == 128 + signal.SIGTERM
    assert (plan.directory.fit / "fit.json").is_file()
    assert not plan.directory.failure.exists()
    assert not list(plan.runs.rglob("*.tmp"))


def test_messages_are_lines_and_half_a_line_is_none() -> None:
    stream = io.StringIO()
    message = {"is": "text", "text": "two\nlines, ümlaut", "value": 0.1 + 0.2, "none": None}
    write_line(stream, message)
    [line] = stream.getvalue().splitlines()
    assert read_line(line) == message
    assert read_line(line[:-3]) is None
    assert read_line("3") is None
