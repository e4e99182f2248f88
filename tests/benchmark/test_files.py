"""The cache folder follows the environment."""

from __future__ import annotations

from pathlib import Path

from downbench import cache_folder


def test_the_suite_s_own_variable_goes_first(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    monkeypatch.setenv("DOWNBENCH_CACHE", "/mine")
    assert cache_folder() == Path("/mine")
    monkeypatch.setenv("DOWNBENCH_CACHE", "")
    assert cache_folder() == Path("/xdg/downbench")


def test_without_any_it_is_in_the_home_folder(monkeypatch):
    monkeypatch.delenv("DOWNBENCH_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_folder() == Path("/home/somebody/.cache/downbench")
