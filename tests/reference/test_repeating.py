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
from downbench.references.index import INDEX, read_index
from downbench.store import sources
from downbench.store.keys import code_version

SHIPPED = ROOT / "leaderboard" / "reference" / "downbench_reference"


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
    from repeating import repeat
    from small_frames import SmallFrames

    frames = [SmallFrames("toys", "mine:toy", {"mine:toy.frames": 20})]
    first = plugin.read_text()
    second = first + "\n# a comment\n"
    third = second.replace("0.1 * noise", "0.125 * noise")
    assert third != second
    lines = []

    def repeated(former, present):
        sides = side(plugin, former), side(plugin, present)
        return repeat(folder, *sides, ("abc1234", "def5678"), frames, tell=lines.append)

    assert [case.name for case in repeated(first, second).same] == ["noisy"]
    [one] = read_index(folder).references
    assert not has_changed(one)
    build_references([], folder)
    assert read_index(folder).references == [one], "what marks older versions leaves it as it is"
    [link] = one.same
    assert (link.former, link.version) == (one.version, code_version(registry().find("method", "noisy")))
    assert (link.former_commit, link.commit, link.steps) == ("abc1234", "def5678", None)
    assert repeated(first, second).same == [], "what is known is not fitted again"

    assert [case.name for case, _ in repeated(second, third).differing] == ["noisy"]
    assert read_index(folder).references == [one]
    assert has_changed(one), "the next `make reference` marks it"
    assert [line.partition(" (")[0] for line in lines] == [
        "same     noisy: weights and samples on toys",
        "DIFFERS  noisy: samples",
    ]


def test_code_that_fails_repeats_nothing():
    from repeating import repeat
    from small_frames import SmallFrames

    [one, *_] = [one for one in read_index(SHIPPED).references if one.method == "bicubic"]
    name, before = f"{one.distribution}:bicubic", (SHIPPED / INDEX).read_bytes()

    def works(request: dict) -> dict:
        return {name: one.version} if request["kind"] == "versions" else {}

    def fails(request: dict) -> dict:
        return {name: "newer"} if request["kind"] == "versions" else {"error": "it ended"}

    frames = [SmallFrames("toys", "toy", {})]
    done = repeat(SHIPPED, works, fails, ("a", "b"), frames, ["bicubic"], tell=lambda line: None)
    assert [reason for _, reason in done.differing] == ["the present code fails on toys: it ended"]
    assert (SHIPPED / INDEX).read_bytes() == before


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
