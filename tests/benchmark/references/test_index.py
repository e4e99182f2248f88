"""The index of a folder, and what an entry stands for."""

import json
from pathlib import Path

import pytest
from toy_runs import PLUGIN

from downbench.plugins.session import configure, registry
from downbench.references.building import has_changed
from downbench.references.index import INDEX, Repeat, Verified, read_index, shared_marks, write_index
from downbench.references.shipped import all_references, unpacked
from downbench.store.keys import code_version


def link(former, version):
    return Repeat(version=version, commit="b", former=former, former_commit="a", steps=18, date="2026-11-29")


def test_an_entry_stands_for_what_a_chain_leads_to_and_for_nothing_beside_it(folder):
    one = read_index(folder).references[0].model_copy(update={"version": "1"})
    chain = (link("3", "4"), link("1", "2"), link("2", "3"), link("8", "9"))
    assert one.versions == ("1",)
    assert set(one.model_copy(update={"same": chain}).versions) == {"1", "2", "3", "4"}


def test_an_entry_whose_work_the_present_code_repeats_is_of_no_older_version(folder):
    configure((Path(PLUGIN[1]),))
    one = next(one for one in read_index(folder).references if one.method == "noisy")
    present = code_version(registry().find("method", "toy:noisy"))
    former = one.model_copy(update={"version": "source-0"})
    assert has_changed(former)
    assert not has_changed(former.model_copy(update={"same": (link("source-0", present),)}))
    assert has_changed(former.model_copy(update={"same": (link("source-1", present),)})), "of other code"
    assert has_changed(former.model_copy(update={"same": (link("source-0", "source-1"),)}))
    configure()


def test_an_outcome_stands_for_the_archive_and_the_code_that_it_is_of(folder):
    """Verified is a reference while its archive and its method are those that were verified."""
    one = read_index(folder).references[0]
    assert (one.verified, one.outcome) == (None, None)

    def outcome(**changes):
        of = {"sha256": one.sha256, "version": one.version, "ok": True} | changes
        made = Verified(
            **of, reason="", commit=None, date="2026-11-29", scores=9, equal=9, difference=0, tolerance=0,
            frames=4, metrics=2,
        )  # fmt: skip
        return one.model_copy(update={"verified": made})

    good = outcome()
    assert good.marks == ("reference", "made again")
    assert outcome(ok=False).marks == ("reference",)
    assert outcome(sha256="0" * 64).marks == ("reference",), "another archive stands there now"
    assert outcome(version="source-0").marks == ("reference",), "other code was verified"
    older = good.model_copy(update={"older": True})
    assert older.marks == ("reference", "older version"), "the method has changed since"
    repeated = outcome(version="2").model_copy(update={"same": (link(one.version, "2"),)})
    assert repeated.marks == ("reference", "made again"), "code that repeats its work to the bit"


def test_checked_scores_stand_for_the_archive_alone(folder):
    """They were worked out from the samples that are in it, whatever the method's code is now."""
    one = read_index(folder).references[0]
    checked = Verified(
        kind="scores checked", ok=True, reason="", sha256=one.sha256, version="source-0", commit=None,
        date="2026-11-29", frames=4, metrics=2,
    )  # fmt: skip
    assert one.model_copy(update={"verified": checked}).marks == ("reference", "scores checked")
    older = one.model_copy(update={"verified": checked, "older": True})
    assert older.marks == ("reference", "older version", "scores checked")
    assert one.model_copy(update={"verified": checked, "sha256": "0" * 64}).marks == ("reference",)


@pytest.mark.parametrize(
    ("each", "shared"),
    [
        ([["reference", "made again"], ["reference", "made again"]], ("reference", "made again")),
        ([["reference", "made again"], ["reference", "scores checked"]], ("reference", "scores checked")),
        ([["reference", "scores checked"], ["reference"]], ("reference",)),
        ([["reference", "older version"], ["reference", "scores checked"]], ("reference",)),
        ([[]], ()),
    ],
)
def test_several_seeds_are_verified_as_the_least_of_them(each, shared):
    assert shared_marks(each) == shared


def test_an_outcome_of_a_former_release_is_one_of_making_again(folder, tmp_path):
    content = json.loads((folder / INDEX).read_text())
    first = content["references"][0]
    first["verified"] = {
        "ok": True, "reason": "", "sha256": first["sha256"], "version": first["version"], "commit": "34b29ce",
        "date": "2026-11-29T20:33:20+00:00", "scores": 108, "equal": 108, "difference": 0.0,
        "tolerance": 0.001, "frames": 4, "metrics": 32,
    }  # fmt: skip
    (tmp_path / INDEX).write_text(json.dumps(content))
    assert read_index(tmp_path).references[0].marks == ("reference", "made again")


def test_an_outcome_that_does_not_say_what_it_is_of_is_none(folder, tmp_path):
    """As former releases noted them."""
    content = json.loads((folder / INDEX).read_text())
    content["references"][0]["verified"] = {"ok": True, "frames": 4, "metrics": 9}
    (tmp_path / INDEX).write_text(json.dumps(content))
    assert read_index(tmp_path).references == read_index(folder).references


def test_an_index_keeps_what_repeats_an_entry_and_is_read_without_it(folder, tmp_path):
    references = read_index(folder).references
    write_index(tmp_path, references)
    assert (tmp_path / INDEX).read_bytes() == (folder / INDEX).read_bytes()
    assert "same" not in json.loads((tmp_path / INDEX).read_text())["references"][0]
    linked = [references[0].model_copy(update={"same": (link("1", "2"),)}), *references[1:]]
    write_index(tmp_path, linked)
    assert read_index(tmp_path).references == linked


def test_an_archive_is_still_what_an_entry_with_repeats_says(installed):
    [first, *_] = all_references()
    repeated = first.reference.model_copy(update={"same": (link("1", "2"),)})
    opened = list(unpacked([type(first)(repeated, first.folder, first.distribution)]))
    assert len(opened) == 1
