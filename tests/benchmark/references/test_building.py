"""A folder of references grows by new runs; nothing in it is ever changed unseen."""

import json
import shutil
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from records import edit_record
from toy_runs import PLUGIN

from downbench import UserError
from downbench.cli.main import main
from downbench.exchange.export import export
from downbench.findings.stored_run import open_run
from downbench.plugins.session import configure
from downbench.references.building import LARGEST, build_references, check_archives, has_changed
from downbench.references.index import read_index
from downbench.store import sources
from downbench.store.run_directory import scored_below

SHIPPED = Path("leaderboard", "reference", "downbench_reference")


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_given_again_nothing_changes(campaign, folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    built = build_references([campaign], copy)
    assert (len(built.kept), built.added, built.older) == (4, [], [])
    assert contents(copy) == contents(folder)


def test_the_same_runs_give_the_same_bytes_whichever_way_they_come(campaign, folder, tmp_path):
    """As run directories one after the other, in another order; and as archives of `bench export`."""
    paths = [path.parent for path in scored_below(campaign)]
    export([open_run(path) for path in paths[:2]], tmp_path / "archives")
    build_references([*reversed(paths[2:])], tmp_path / "again", commit="abc1234")
    built = build_references([tmp_path / "archives"], tmp_path / "again", commit="abc1234")
    assert built.refused == []
    assert contents(tmp_path / "again") == contents(folder)


def test_what_the_index_says_is_what_the_run_was(campaign, folder):
    by_sample = {one.sample: one for one in read_index(folder).references}
    for path in scored_below(campaign):
        record = open_run(path.parent).record
        one = by_sample[record.keys.sample]
        assert (one.method, one.seed, one.members) == (record.method.name, record.seed, record.members)
        assert (one.scored.fingerprint, one.scored.frames) == (record.dataset.fingerprint, record.frames)
        assert (one.date, one.version) == (record.created, record.method.version)
        assert one.cost == {k: getattr(record.cost, k).cpu_s for k in ("fit", "sample", "score")}
        assert one.archive.startswith("toy-")
        assert (folder / one.archive).stat().st_size < 60_000


def test_a_method_whose_source_has_changed_is_marked(tmp_path):
    """Marked by the next call, whatever it adds; and no more once the source is as it was."""
    plugin = tmp_path / "mine.py"
    plugin.write_text(Path(PLUGIN[1]).read_text().replace('target="toy:', 'target="mine:'))
    runs, folder = tmp_path / "runs", tmp_path / "folder"
    toy = ("-m", "mine:noisy", "-d", "mine:toy", "--members", "2", "--metric", "crps")
    assert main(["run", *toy, "--no-controls", "--runs", str(runs), "--plugin", str(plugin)]) == 0
    configure((plugin,))
    build_references([runs], folder, commit="abc1234")
    [one] = read_index(folder).references
    assert (one.older, one.commit, one.marks) == (False, "abc1234", ("reference",))
    text = plugin.read_text()
    for added, older in (("\nx = 1\n", True), ("", False)):
        plugin.write_text(text + added)
        for cached in vars(sources).values():
            getattr(cached, "cache_clear", lambda: None)()
        configure((plugin,))
        assert has_changed(one) == older
        build_references([], folder)
        [now] = read_index(folder).references
        assert (now.older, "older version" in now.marks) == (older, older)
        assert now.commit == "abc1234"
    configure()
    assert has_changed(one.model_copy(update={"older": True})), "a method that is not here stays as noted"


def test_scores_of_the_same_samples_are_not_replaced_unless_asked(campaign, folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    runs = shutil.copytree(campaign, tmp_path / "runs")
    run = next(path for path in scored_below(runs) if "bicubic" in str(path))

    def anew(record):
        later = datetime.fromisoformat(record["created"]) + timedelta(days=1)
        record["created"], record["keys"]["score"] = later.isoformat(), "f" * 64

    edit_record(run, anew)
    built = build_references([run.parent], copy)
    assert (built.added, len(built.refused)) == ([], 1)
    assert "--replace" in built.refused[0]
    assert contents(copy) == contents(folder)
    built = build_references([run.parent], copy, replace=True)
    assert (len(built.added), len(built.replaced)) == (1, 1)
    check_archives(copy, read_index(copy).references)
    assert len(read_index(copy).references) == 4
    former = next(path for path in scored_below(campaign) if path.parts[-6:-1] == run.parts[-6:-1])
    assert "newer" in build_references([former.parent], copy, replace=True).refused[0]


def test_a_run_made_again_takes_the_place_of_its_archive_only_where_asked(campaign, folder, tmp_path):
    """The same samples scored anew by the same metrics have the same name, and perhaps other scores."""
    copy = shutil.copytree(folder, tmp_path / "copy")
    run = next(
        path for path in scored_below(shutil.copytree(campaign, tmp_path / "runs")) if "bicubic" in str(path)
    )

    def anew(record):
        later = datetime.fromisoformat(record["created"]) + timedelta(days=1)
        record["created"], record["scores"][0]["value"] = later.isoformat(), 0.5

    edit_record(run, anew)
    assert len(build_references([run.parent], copy).kept) == 1
    assert contents(copy) == contents(folder)
    built = build_references([run.parent], copy, replace=True)
    assert built.added == built.replaced
    assert contents(copy).keys() == contents(folder).keys()
    check_archives(copy, read_index(copy).references)
    again = build_references([run.parent], copy, replace=True)
    assert (again.replaced, len(again.kept)) == ([], 1), "it is not newer than itself"


@pytest.mark.parametrize("kind", ["missing", "changed", "extra"])
def test_archives_that_are_not_what_the_index_lists(folder, tmp_path, kind):
    copy = shutil.copytree(folder, tmp_path / "copy")
    first = copy / read_index(copy).references[0].archive
    if kind == "missing":
        first.unlink()
    elif kind == "changed":
        first.write_bytes(first.read_bytes() + b"x")
    else:
        shutil.copy(first, first.with_name("other.bench.zip"))
    with pytest.raises(UserError, match=r"is missing|is not what the index lists|is not in the index"):
        build_references([], copy)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"budget": 60.0}, "--budget"),
        ({"user_regions": ["here=1,2,3,4"]}, "regions of somebody's own"),
    ],
)
def test_what_would_mislead_is_refused_and_nothing_else_stopped(campaign, tmp_path, change, said):
    runs = shutil.copytree(campaign, tmp_path / "runs")
    first, *_ = scored_below(runs)
    edit_record(first, lambda record: record.update(change))
    built = build_references([runs], tmp_path / "folder")
    assert len(built.added) == 3
    assert said in built.refused[0]


def test_a_folder_within_a_folder_of_runs_is_told_to_hold_none(campaign, folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    within = next(path for path in campaign.iterdir() if path.is_dir())
    built = build_references([within], copy)
    assert built.refused == [
        f"there is no scored run and no archive in {within}: name archives, run directories, or the folder "
        "that --runs named"
    ]
    assert contents(copy) == contents(folder)


def test_an_archive_that_is_damaged_is_refused(folder, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.bench.zip").write_bytes(b"x")
    built = build_references([tmp_path / "in"], tmp_path / "out")
    assert "cannot be used as an archive" in built.refused[0]


def test_a_fit_that_has_no_scores_yet_is_left_for_the_next_time(campaign, folder, tmp_path):
    runs = shutil.copytree(campaign, tmp_path / "runs")
    first, *_ = scored_below(runs)
    shutil.rmtree(first.parents[1])
    built = build_references([runs], tmp_path / "folder")
    assert (len(built.added), built.refused) == (3, [])


def test_the_command_tells_what_it_did(bench, campaign, tmp_path):
    done = bench("reference", campaign, "--into", "folder", *PLUGIN)
    assert done.stdout.count("added  ") == 4
    assert "4 added, 4 in all" in done.stdout
    said = json.loads(bench("reference", campaign, "--into", "folder", "--json", *PLUGIN).stdout)
    assert (len(said["kept"]), said["added"]) == (4, [])


def test_our_own_references_are_whole_and_say_which_are_of_older_versions(root):
    """`make reference` marks what is outdated; this test is what asks for it."""
    folder = root / SHIPPED
    references = read_index(folder).references
    check_archives(folder, references)
    unmarked = [one.name for one in references if has_changed(one) != one.older]
    assert unmarked == [], "the methods have changed since: run `make reference`"
    assert sum((folder / one.archive).stat().st_size for one in references) < LARGEST == 25_000_000


def test_our_own_references_name_no_path_of_a_machine(root):
    for one in read_index(root / SHIPPED).references:
        text = zipfile.ZipFile(root / SHIPPED / one.archive).read("run.json").decode()
        assert not [word for word in ("/home", "/work", "/tmp", "/root", "/Users") if word in text]
