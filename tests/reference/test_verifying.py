"""A reference is verified where its method makes the same scores again, and not where it makes others."""

from __future__ import annotations

import math
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from folders import ROOT
from toy_runs import PLUGIN, toy_run

from downbench.cli.main import main
from downbench.files import digest_file
from downbench.findings.rebuild import rebuild
from downbench.findings.stored_run import open_run
from downbench.pipeline.metric_set import make_metrics
from downbench.plugins.session import configure
from downbench.references.building import build_references
from downbench.references.index import read_index, write_index
from downbench.scoring.reading import read_fields
from downbench.store import sources
from downbench.store.record_parts import ScoreRow

SHIPPED = ROOT / "leaderboard" / "reference" / "downbench_reference"


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Gives a plug-in with a method and a dataset other text."""
    file = tmp_path / "mine.py"

    def written(text: str) -> None:
        file.write_text(text)
        for cached in vars(sources).values():
            getattr(cached, "cache_clear", lambda: None)()
        configure((file,))

    written(Path(PLUGIN[1]).read_text().replace('target="toy:', 'target="mine:'))
    yield written
    configure()


@pytest.fixture
def folder(write: Callable, tmp_path: Path) -> Path:
    """A reference of the plug-in's method and one of a built-in method."""
    runs, plugin = tmp_path / "runs", str(tmp_path / "mine.py")
    for method in ("mine:noisy", "bicubic"):
        words = [
            "run",
            "-m",
            method,
            "-d",
            "mine:toy",
            "--members",
            "2",
            "--metric",
            "crps",
            "--metric",
            "mse",
        ]
        assert main([*words, "--no-controls", "--seed", "3", "--runs", str(runs), "--plugin", plugin]) == 0
    configure((Path(plugin),))
    build_references([runs], tmp_path / "folder", commit="abc1234")
    return tmp_path / "folder"


def entries(folder: Path) -> dict:
    return {one.method: one for one in read_index(folder).references}


def test_the_same_scores_come_out_and_the_index_says_so(folder):
    from verifying import Wanted, verify_references

    lines: list[str] = []
    before = {name: digest_file(folder / one.archive) for name, one in entries(folder).items()}
    [outcome] = verify_references(folder, Wanted(methods=("noisy",)), "def5678", lines.append)
    noisy, bicubic = entries(folder)["noisy"], entries(folder)["bicubic"]
    assert noisy.verified == outcome
    assert (outcome.ok, outcome.sha256, outcome.version) == (True, noisy.sha256, noisy.version)
    assert (outcome.scores, outcome.equal, outcome.commit, outcome.metrics) == (2, 2, "def5678", 2)
    assert (noisy.marks, bicubic.marks) == (("reference", "made again"), ("reference",))
    assert lines[0].startswith(f"verified  {noisy.archive}: {outcome.scores} of {outcome.scores} scores")
    assert {name: digest_file(folder / one.archive) for name, one in entries(folder).items()} == before
    assert [one.ok for one in verify_references(folder, Wanted(), tell=lines.append)] == [True]
    assert verify_references(folder, Wanted(), tell=lines.append) == [], "nothing is verified twice"
    assert len(verify_references(folder, Wanted(methods=("noisy",), again=True), tell=lines.append)) == 1
    build_references([], folder)
    assert entries(folder)["noisy"].marks == ("reference", "made again"), "marking older versions keeps it"


def test_a_method_that_has_changed_is_not_made_again_and_verified_no_longer(folder, write, tmp_path):
    from verifying import Wanted, verify_references

    verify_references(folder, Wanted(methods=("noisy",)), tell=lambda line: None)
    text = (tmp_path / "mine.py").read_text()
    write(text.replace("0.1 * noise", "0.125 * noise"))
    assert verify_references(folder, Wanted(methods=("noisy",), again=True), tell=lambda line: None) == []
    build_references([], folder)
    assert entries(folder)["noisy"].marks == ("reference", "older version")


def test_other_scores_are_noted_as_such(folder, write, tmp_path):
    """As where a reference was scored by faulty code: the version of the method is the same."""
    from verifying import Wanted, verify_references

    text = (tmp_path / "mine.py").read_text()
    write(text.replace("0.1 * noise", "0.125 * noise"))
    changed = [
        one.model_copy(update={"version": version_here("mine:noisy")}) if one.method == "noisy" else one
        for one in entries(folder).values()
    ]
    write_index(folder, changed)
    lines: list[str] = []
    [outcome] = verify_references(folder, Wanted(methods=("noisy",)), tell=lines.append)
    assert not outcome.ok
    assert outcome.difference > 0.01
    assert outcome.reason.startswith("other scores came out: ")
    assert lines[0].startswith("DIFFERS")
    assert entries(folder)["noisy"].marks == ("reference",)


def version_here(name: str) -> str:
    from downbench.plugins.session import registry
    from downbench.store.keys import code_version

    return code_version(registry().find("method", name))


def test_what_cannot_be_made_again_is_left_out(tmp_path):
    """Their data are not here, and it is said which."""
    from verifying import Wanted, verify_references

    [one] = [
        one
        for one in read_index(SHIPPED).references
        if (one.method, "fmi" in one.archive) == ("nearest", True)
    ]
    (tmp_path / one.archive).parent.mkdir()
    (tmp_path / one.archive).write_bytes((SHIPPED / one.archive).read_bytes())
    write_index(tmp_path, [one.model_copy(update={"verified": None})])
    lines: list[str] = []
    assert verify_references(tmp_path, Wanted(), tell=lines.append) == []
    assert lines == [f"LEFT OUT  {one.archive}: the dataset 'files' needs files"]


@pytest.mark.parametrize(("tool", "work"), [("verify", "verify_references"), ("repeat", "_repeat")])
def test_ctrl_c_is_one_line(monkeypatch, capsys, tool, work):
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.argv", [tool, "c0ffee"] if tool == "repeat" else [tool])
    main = runpy.run_path(str(SHIPPED.parent / tool / "__main__.py"))["main"]
    monkeypatch.setitem(main.__globals__, work, stopped)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert main() == 130
    assert capsys.readouterr().err.startswith("stopped; ")


def row(value: float | None, low: float | None = None, **changes) -> ScoreRow:
    of = {
        "metric": "crps",
        "component": "",
        "region": "all",
        "season": "all",
        "unit": "mm/h",
        "n": 9,
    } | changes
    nothing = {"n_eff": None, "reason": None, "reason_interval": None, "members": 2, "high": low}
    return ScoreRow(**{**nothing, **of}, value=value, low=low)


@pytest.mark.parametrize(
    ("made", "wrong"),
    [
        ([row(0.5, 0.4)], ""),
        ([row(0.5, 0.4), row(2.0, metric="new")], ""),
        ([row(0.5 + 1e-4, 0.4)], ""),
        ([row(0.5 + 1e-3, 0.4)], "other scores came out: crps all all"),
        ([row(0.5, 0.4 + 1e-3)], "other scores came out"),
        ([row(0.5, 0.4, n=8)], "1 scores have no counterpart"),
        ([row(None)], "1 scores have no counterpart"),
        ([row(0.5, 0.4, region="land")], "1 scores have no counterpart"),
        ([], "1 scores have no counterpart"),
    ],
)
def test_scores_are_the_same_to_rounding_with_intervals_and_frames(made, wrong):
    from same_scores import compare_scores

    found = compare_scores([row(0.5, 0.4)], made, rain=1.0)
    assert found.reason.startswith(wrong) if wrong else found.reason == ""
    assert found.scores == 1
    assert found.equal == (made[:1] == [row(0.5, 0.4)])


@pytest.mark.parametrize(
    ("kept", "made", "unit", "same"),
    [
        (4.4e-8, 3.1e-8, "mm/h", True),  # what single precision leaves of 0.5 mm/h
        (4.4e-8, 1.1e-7, "mm/h", False),
        (3e-10, 5e-11, "1", True),
        (1e-7, 3e-7, "1", False),
        (2e-8, 4e-8, "(mm/h)2", True),
        (2e-8, 6e-8, "(mm/h)2", False),
        (2e-8, 4e-8, "dB", False),
        (0.0, 1e-12, "h", False),
    ],
)
def test_what_single_precision_leaves_of_equal_sums_is_no_other_score(kept, made, unit, same):
    """In rain of 0.5 mm/h, a rounding is up to 6e-8 mm/h, 1.2e-7 of its size, and 3e-8 of its square."""
    from same_scores import compare_scores

    found = compare_scores([row(kept, unit=unit)], [row(made, unit=unit)], rain=0.5)
    assert (found.reason == "") == same


@pytest.mark.parametrize(
    ("made", "same"),
    [(-2.5e-4, True), (-2.43e-4, True), (4e-4, True), (6e-4, False), (-1.1e-3, False)],
)
def test_coverage_has_the_size_of_what_is_covered(made, same):
    """Of seven members 75 % should be covered; a thousandth of that is 7.5e-4."""
    from same_scores import compare_scores

    kept = row(-2.5e-4, unit="1", metric="coverage", members=7)
    found = compare_scores([kept], [row(made, unit="1", metric="coverage", members=7)], rain=0.5)
    assert (found.reason == "") == same
    assert found.equal == (made == -2.5e-4)


def test_the_size_of_rain_is_that_of_the_truth(tmp_path):
    from rain_size import size_of_rain

    run = open_run(toy_run(tmp_path, "bilinear", "--metric", "emd", frames=60))
    configure((Path(PLUGIN[1]),))
    plan = rebuild(run, make_metrics(["emd"]))
    configure()
    squares, cells = 0.0, 0
    for sequence, tile in plan.frames.tiles:
        truth, _ = read_fields(sequence, tile, slice(0, len(sequence.times)), plan.frames.dataset.factor)
        squares += float((truth.astype(np.float64) ** 2).sum())
        cells += truth.size
    assert size_of_rain(run) == pytest.approx(math.sqrt(squares / cells), rel=2**-13)
    without = open_run(toy_run(tmp_path, "bilinear", "--metric", "mse", frames=20))
    assert size_of_rain(without) == 0
