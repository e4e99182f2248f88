"""Blocks that are marked `run` are carried out, page by page, in an empty folder, as a reader would.

`<!-- file: NAME -->` saves a block, `<!-- run -->` carries one out, `<!-- run: rain.nc -->` does so beside
the small record that the tutorial on data makes.
"""

from __future__ import annotations

import runpy
import shlex
from pathlib import Path

import pytest
from docs_text import DOCS, Block, blocks, pages
from folders import ROOT

MARKED = {
    page: [block for block in blocks(page) if block.mark.startswith(("run", "file:"))] for page in pages()
}
RUNNABLE = {page: marked for page, marked in MARKED.items() if any(one.mark[:3] == "run" for one in marked)}


@pytest.fixture(scope="module")
def rain(tmp_path_factory) -> Path:
    """The record of the tutorial, made by the tutorial's own script."""
    script = next(block for block in blocks(DOCS / "tutorials" / "data.md") if block.mark.startswith("file:"))
    folder = tmp_path_factory.mktemp("rain")
    (folder / "make_rain.py").write_text(script.text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        runpy.run_path("make_rain.py")
    return folder / "rain.nc"


def test_the_tutorials_are_carried_out() -> None:
    names = {page.stem for page in RUNNABLE if page.parent == DOCS / "tutorials"}
    assert {"data", "method", "board"} <= names


@pytest.mark.parametrize("page", RUNNABLE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_works_from_an_empty_folder(page: Path, bench, rain: Path) -> None:
    for block in RUNNABLE[page]:
        kind, _, what = block.mark.partition(": ")
        if kind == "file":
            Path(what).write_text(block.text, encoding="utf-8")
            continue
        if what and not Path(what).exists():
            Path(what).symlink_to(rain)
        carry_out(block, bench)


def carry_out(block: Block, bench) -> None:
    if block.language == "python":
        exec(compile(block.text, block.where, "exec"), {"__name__": "__main__"})
        return
    for line in block.text.replace("\\\n", " ").splitlines():
        program, *words = shlex.split(line, comments=True) or [""]
        if program == "bench":
            bench(*words)
        elif program == "python":
            runpy.run_path(words[0], run_name="__main__")
        else:
            assert not program, f"{block.where}: {line} cannot be carried out here"
