"""Which runs wait for a fit on a cluster, and which do not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from downbench import RunFailed
from downbench.suite.cluster import runs as module
from downbench.suite.cluster.runs import run_with_cluster


def test_runs_end_as_their_fits_do_and_are_returned_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first letter of a run is its fit: "s" stands there, "x" failed before, "b" is done before "a"."""
    plans: list[Any] = [
        SimpleNamespace(name=name, directory=SimpleNamespace(fit=Path(name[0]), score=Path(name)))
        for name in ("a1", "b", "s", "a2", "x", "f")
    ]

    @contextmanager
    def fits_on_cluster(address: str, sent: list[Any]) -> Iterator[Iterator[Any]]:
        fits = {str(plan.directory.fit): plan for plan in sent}
        assert list(fits) == ["a", "b", "f"]
        yield iter([(fits["b"], None), (fits["f"], RunFailed("no memory")), (fits["a"], None)])

    monkeypatch.setattr(module, "fits_on_cluster", fits_on_cluster)
    monkeypatch.setattr(module, "is_for_cluster", lambda plan: plan.name != "s")
    monkeypatch.setattr(module, "run", lambda plan: {"name": plan.name})
    monkeypatch.setattr(module, "failed", lambda plan, error: {"name": plan.name, "reason": str(error)})
    reported: list[Any] = []
    said: list[str] = []
    together = RunFailed("another process left")
    outcomes = run_with_cluster(plans, "tcp://nowhere:1", {Path("x"): together}, reported.append, said.append)
    assert len(said) == 1
    assert said[0].startswith("sent    3 fits to tcp://nowhere:1; ")
    assert [outcome["name"] for outcome in outcomes] == ["a1", "b", "s", "a2", "x", "f"]
    assert [outcome["name"] for outcome in reported] == ["s", "x", "b", "f", "a1", "a2"]
    assert outcomes[4]["reason"] == "another process left"
    assert outcomes[5]["reason"] == "no memory"
