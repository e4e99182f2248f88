"""References of former code stand for the present code only where that repeats its work to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from folders import ROOT
from toy_runs import PLUGIN

from downbench.cli.main import main
from downbench.plugins.session import configure, registry
from downbench.references.building import build_references, has_changed
from downbench.references.index import read_index
from downbench.store import sources
from downbench.store.keys import code_version


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[Path]:
    """A file with a method and a dataset."""
    file = tmp_path / "mine.py"
    file.write_text(Path(PLUGIN[1]).read_text().replace('target="toy:', 'target="mine:'))
    yield file
    configure()


@pytest.fixture
def folder(plugin: Path, tmp_path: Path) -> Path:
    """Its reference."""
    toy = ("-m", "mine:noisy", "-d", "mine:toy", "--members", "2", "--metric", "mse")
    assert (
        main(["run", *toy, "--no-controls", "--runs", str(tmp_path / "runs"), "--plugin", str(plugin)]) == 0
    )
    configure((plugin,))
    build_references([tmp_path / "runs"], tmp_path / "folder", commit="abc1234")
    return tmp_path / "folder"


def side(plugin: Path, text: str) -> Callable[[dict], dict]:
    """What the process of a side does, with the code of the plug-in as it is on this side."""
    from short_fits import answer

    def ask(request: dict) -> dict:
        plugin.write_text(text)
        for cached in vars(sources).values():
            getattr(cached, "cache_clear", lambda: None)()
        configure((plugin,))
        return answer(request)

    return ask


def test_a_comment_is_the_same_and_a_number_differs(folder, plugin):
    """And a chain of changes that change nothing ends where one changes something."""
    from repeating import repeat
    from small_frames import SmallFrames

    frames = [SmallFrames("toys", "mine:toy", {"mine:toy.frames": 20})]
    first = plugin.read_text()
    second, third = first + "\n# a comment\n", first + "\n# another comment\n"
    fourth = third.replace("0.1 * noise", "0.125 * noise")
    assert fourth != third
    lines = []

    def shown_again(former, present):
        sides = side(plugin, former), side(plugin, present)
        return repeat(folder, *sides, ("abc1234", "def5678"), frames, tell=lines.append)

    for former, present in ((first, second), (second, third)):
        assert [case.name for case in shown_again(former, present).same] == ["noisy"]
        [one] = read_index(folder).references
        assert not has_changed(one)
        build_references([], folder)
        assert read_index(folder).references == [one], "what marks older versions leaves it as it is"
    assert (len(one.same), one.same[1].former) == (2, one.same[0].version)
    assert (one.same[1].former_commit, one.same[1].commit, one.same[1].steps) == ("abc1234", "def5678", None)
    assert shown_again(second, third).same == [], "what is known is not fitted again"

    assert [case.name for case, _ in shown_again(third, fourth).differing] == ["noisy"]
    assert read_index(folder).references == [one]
    assert has_changed(one), "the next `make reference` marks it"
    assert [line.partition(" (")[0] for line in lines] == [
        "same     noisy: weights and samples on toys",
        "same     noisy: weights and samples on toys",
        "DIFFERS  noisy: samples",
    ]


def test_code_that_fails_repeats_nothing(folder, plugin):
    from repeating import repeat
    from small_frames import SmallFrames

    first = plugin.read_text()
    broken = first.replace("smooth = upsample(part.to_numpy(), context.factor)", "smooth = 1 / 0")
    assert broken != first
    before = read_index(folder)
    frames = [SmallFrames("toys", "mine:toy", {"mine:toy.frames": 20})]
    sides = side(plugin, first), side(plugin, broken)
    done = repeat(folder, *sides, ("a", "b"), frames, tell=lambda line: None)
    [(_, reason)] = done.differing
    assert "the present code fails on toys" in reason
    assert read_index(folder) == before


def test_a_process_answers_with_the_version_of_its_code(tmp_path):
    from sides import Side

    configure()
    process = Side(ROOT, tmp_path / "log")
    asked = {"kind": "versions", "methods": ["downbench:bicubic", "downbench:none-such"]}
    assert process(asked) == {"downbench:bicubic": code_version(registry().find("method", "bicubic"))}
    process._process.kill()
    process._process.wait()
    assert process(asked), "the next request has a new process"
    process.close()
