"""Scores of runs that come into a folder of references are checked from their samples."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import zarr
from toy_runs import PLUGIN

from downbench.exchange.export import export
from downbench.files import digest_file
from downbench.findings.stored_run import open_run
from downbench.plugins.session import configure
from downbench.references.building import build_references
from downbench.references.checking import Independent, independent
from downbench.references.index import Verified, read_index, write_index
from downbench.store.run_directory import scored_below

CHECKED = ("reference", "scores checked")


@pytest.fixture(autouse=True)
def plugin() -> Iterator[None]:
    configure((Path(PLUGIN[1]),))
    yield
    configure()


def digests(folder: Path) -> dict[str, str]:
    return {one.archive: digest_file(folder / one.archive) for one in read_index(folder).references}


def test_a_run_is_checked_as_it_comes_in_and_the_index_notes_it(campaign, folder, tmp_path):
    built = build_references([campaign], tmp_path / "new", commit="abc1234", verify=True)
    assert (sorted(built.checked), built.differing, built.unchecked) == (sorted(built.added), [], [])
    assert digests(tmp_path / "new") == digests(folder)
    for one in read_index(tmp_path / "new").references:
        assert one.marks == CHECKED
        assert (one.verified.frames, one.verified.metrics, one.verified.scores) == (4, 2, None)
        assert (one.verified.commit, one.verified.version) == ("abc1234", one.version)
    index = (tmp_path / "new" / "index.json").read_bytes()
    again = build_references([campaign], tmp_path / "new", verify=True)
    assert (len(again.kept), again.checked) == (4, []), "a good outcome stands"
    assert (tmp_path / "new" / "index.json").read_bytes() == index


def test_a_reference_whose_run_is_offered_again_is_checked_too(campaign, folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    run = next(path.parent for path in scored_below(campaign) if "noisy" in str(path))
    assert independent(open_run(run)) == Independent("", frames=4, metrics=2)
    built = build_references([run], copy, verify=True)
    assert (built.added, built.checked) == ([], built.kept)
    assert digests(copy) == digests(folder)
    marks = {one.archive: one.marks for one in read_index(copy).references}
    assert [name for name, mark in marks.items() if mark == CHECKED] == built.kept


def test_what_making_a_run_again_showed_stands(campaign, folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    references = [
        one.model_copy(
            update={
                "verified": Verified(
                    ok=False, reason="other scores came out", sha256=one.sha256, version=one.version,
                    commit=None, date="2026-11-29", scores=2, equal=0, difference=1, tolerance=0, frames=4,
                    metrics=2,
                )
            }
        )
        for one in read_index(folder).references
    ]  # fmt: skip
    write_index(copy, references)
    assert build_references([campaign], copy, verify=True).checked == []
    assert read_index(copy).references == references


def test_samples_that_are_others_are_noted_and_the_other_runs_are_taken(bench, campaign, tmp_path):
    runs = shutil.copytree(campaign, tmp_path / "runs")
    sample = next(path.parents[2] for path in scored_below(runs) if "noisy" in str(path))
    for _, array in zarr.open_group(sample / "predictions.zarr", mode="r+").arrays():
        array[:] = 1.01 * array[:]
    done = bench("reference", runs, "--into", "folder", *PLUGIN, code=1)
    assert done.stdout.count("added  ") == 4
    assert done.stdout.count("checked  ") == 3
    [line] = [line for line in done.stdout.splitlines() if line.startswith("DIFFERS")]
    assert "noisy" in line
    assert line.endswith("`bench verify` finds other stored statistics, which is now marked")
    [wrong] = [one for one in read_index(tmp_path / "folder").references if one.method == "noisy"]
    assert (wrong.marks, wrong.verified.ok) == (("reference",), False)


def test_archives_have_no_samples_and_other_scores_are_not_those_of_an_archive(campaign, folder, tmp_path):
    paths = [path.parent for path in scored_below(campaign)]
    export([open_run(path) for path in paths], tmp_path / "archives")
    built = build_references([tmp_path / "archives"], tmp_path / "new", verify=True)
    assert (len(built.added), built.checked) == (4, [])
    assert all(reason.endswith(": its samples were not kept") for reason in built.unchecked)
    copy = shutil.copytree(folder, tmp_path / "copy")
    first, *others = read_index(copy).references
    write_index(copy, [first.model_copy(update={"date": "2026-01-01T00:00:00+00:00"}), *others])
    built = build_references([campaign], copy, verify=True)
    assert built.unchecked == [f"{first.archive}: it holds other scores than this run"]


def test_the_check_can_be_left_out(bench, campaign, tmp_path):
    said = json.loads(
        bench("reference", campaign, "--into", "folder", "--no-verify", "--json", *PLUGIN).stdout
    )
    assert (len(said["added"]), said["checked"], said["unchecked"]) == (4, [], [])
    assert {one.marks for one in read_index(tmp_path / "folder").references} == {("reference",)}
