"""What a stage cost is measured, and says what its memory figure means."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from downbench import UserError
from downbench.pipeline import cost as module
from downbench.pipeline.cost import COST_LOST, NOT_FITTED, device_facts, measured, pick_device


def test_waiting_is_wall_time_and_no_processor_time():
    with measured() as cost:
        assert cost == {}
        time.sleep(0.3)
    assert cost["wall_s"] >= 0.3
    assert cost["cpu_s"] < 0.2


def test_working_is_processor_time():
    with measured() as cost:
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
    assert cost["cpu_s"] >= 0.2
    assert cost["wall_s"] >= cost["cpu_s"] - 0.05  # one thread; clocks tick in steps


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak can be reset on Linux only")
def test_the_peak_is_that_of_the_stage_and_not_of_what_came_before():
    large = np.ones(13_000_000)  # 99 MB of 2^20 bytes
    del large
    with measured() as small:
        pass
    with measured() as held:
        large = np.ones(13_000_000)
        del large  # gone again before the end
    assert small["memory_source"] == held["memory_source"] == "VmHWM of this stage"
    assert held["peak_memory_mb"] - small["peak_memory_mb"] == pytest.approx(99, abs=30)


def test_where_the_peak_cannot_be_reset_the_figure_says_so(monkeypatch):
    monkeypatch.setattr(module, "_reset_peak", lambda: False)
    with measured() as cost:
        pass
    assert cost["memory_source"] == "ru_maxrss of the process so far"
    assert cost["peak_memory_mb"] > 10


def test_a_cost_that_was_not_measured_has_no_number_but_says_why():
    for cost in (COST_LOST, NOT_FITTED):
        assert {cost.wall_s, cost.cpu_s, cost.peak_memory_mb} == {None}
        assert cost.memory_source.startswith("not")


def gpu(there):
    name = "A GPU"
    cuda = SimpleNamespace(is_available=lambda: there, get_device_name=lambda device: f"{name} {device}")
    return SimpleNamespace(cuda=cuda, get_num_threads=lambda: 3)


@pytest.mark.parametrize(
    ("torch", "device"), [(None, "cpu"), (gpu(there=False), "cpu"), (gpu(there=True), "cuda")]
)
def test_auto_is_a_gpu_only_where_torch_is_loaded_and_has_one(monkeypatch, torch, device):
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert pick_device("auto") == device


def test_a_device_that_is_asked_for_is_taken(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", gpu(there=True))
    assert pick_device("cpu") == "cpu"
    assert pick_device("cuda") == "cuda"


def test_a_device_that_is_not_here_is_refused(monkeypatch):
    with pytest.raises(UserError, match="'tpu' is not a device that is known here"):
        pick_device("tpu")
    monkeypatch.setitem(sys.modules, "torch", gpu(there=False))
    with pytest.raises(UserError, match="no GPU that torch can use"):
        pick_device("cuda")


def test_the_facts_name_the_gpu_and_the_threads(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", gpu(there=True))
    facts = device_facts("cuda")
    assert (facts.name, facts.model, facts.threads) == ("cuda", "A GPU cuda", 3)
    assert device_facts("cpu").model is None
    monkeypatch.setitem(sys.modules, "torch", None)
    assert device_facts("cpu").threads is None  # nothing was worked out with torch
