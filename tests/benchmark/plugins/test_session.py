"""The process's registry, and how another process gets the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from downbench.plugins import session


@pytest.fixture(autouse=True)
def default_session() -> Iterator[None]:
    session.configure()
    yield
    session.configure()


def test_an_allow_list_counts_unless_one_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNBENCH_PLUGINS", "of-the-environment")
    assert session.options().allowed == "of-the-environment"
    session.configure(allowed="given")
    assert session.options().allowed == "given"


def test_another_process_gets_the_same_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "session_plugin.py"
    file.write_text(
        "from downbench import MethodInfo, hookimpl\n\n@hookimpl\ndef downbench_methods():\n"
        "    return [MethodInfo(name='of-file', target='session_plugin:Thing')]\n"
    )
    monkeypatch.chdir(tmp_path)
    session.configure((Path("session_plugin.py"),))
    told = session.options()
    monkeypatch.chdir("/")  # a path that was relative still leads to the file
    session.configure()
    session.configure_as(told)
    assert session.registry().find("method", "of-file").file == file
    registry = session.registry()
    session.configure_as(told)
    assert session.registry() is registry, "the same options load nothing again"
