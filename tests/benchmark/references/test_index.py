"""The index of a folder, and what an entry stands for."""

import json
from pathlib import Path

from toy_runs import PLUGIN

from downbench.plugins.session import configure, registry
from downbench.references.building import has_changed
from downbench.references.index import INDEX, Repeat, read_index, write_index
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
