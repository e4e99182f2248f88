"""Keys: what counts for a stage changes its key, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from downbench import protocol
from downbench.plugins.descriptions import MethodInfo
from downbench.plugins.registry import Registration
from downbench.store import keys
from downbench.store.keys import code_version, fit_key, sample_key, score_key

ENTRY = Registration(MethodInfo(name="m", target="mine.code:M", title="A method"), "mine", "1.0")
FIT = {
    "entry": ENTRY,
    "config": {"width": 8, "channels": [1, 2]},
    "fingerprint": "f" * 64,
    "seed": 0,
    "budget": None,
}


@pytest.fixture(autouse=True)
def released(monkeypatch):
    """Code of a distribution that is installed as a release."""
    monkeypatch.setattr(keys, "is_editable", lambda name: False)


def all_differ(key, base, *changes):
    made = [key(**base), *(key(**{**base, **change}) for change in changes)]
    assert all(len(one) == 64 for one in made)
    for one, other in combinations(made, 2):
        assert one != other


def test_everything_that_a_fit_depends_on_changes_its_key():
    all_differ(
        fit_key,
        FIT,
        {"entry": replace(ENTRY, distribution="theirs")},
        {"entry": replace(ENTRY, version="1.1")},
        {"entry": replace(ENTRY, info=replace(ENTRY.info, name="n"))},
        {"config": {"width": 9, "channels": [1, 2]}},
        {"config": {"width": 8, "channels": [2, 1]}},
        {"config": {"width": 8}},
        {"fingerprint": "0" * 64},
        {"seed": 1},
        {"budget": 60.0},
        {"weights": "w" * 64},
    )


def test_titles_and_order_do_not_change_it():
    key = fit_key(**FIT)
    renamed = replace(ENTRY, info=replace(ENTRY.info, title="Another title", tags=("x",), reference="y"))
    assert fit_key(**{**FIT, "entry": renamed}) == key
    assert fit_key(**{**FIT, "config": {"channels": (1, 2), "width": 8}}) == key  # JSON has lists alone
    assert fit_key(**FIT, weights=None) == key


def test_everything_that_an_ensemble_depends_on_changes_its_key():
    base = {"fit": "a", "sampling": {"steps": 8}, "frames": "b", "members": 4}
    all_differ(sample_key, base, {"fit": "b"}, {"sampling": {"steps": 9}}, {"frames": "a"}, {"members": 5})


def test_everything_that_scores_depend_on_changes_their_key(monkeypatch):
    base = {"sample": "a", "metrics": {"d:crps": "1/1"}, "regions": ["all"]}
    all_differ(
        score_key,
        base,
        {"sample": "b"},
        {"metrics": {"d:crps": "1/2"}},
        {"metrics": {"e:crps": "1/1"}},
        {"metrics": {**base["metrics"], "d:mse": "1/1"}},
        {"regions": ["all", "land"]},
        {"hours": True},
    )
    before = score_key(**base)
    assert score_key(**base, hours=False) == before
    monkeypatch.setattr(protocol, "VERSION", protocol.VERSION + 1)
    assert score_key(**base) != before


def test_metrics_in_another_order_are_the_same_scores():
    assert score_key("a", {"x": "1", "y": "2"}, ["all"]) == score_key("a", {"y": "2", "x": "1"}, ["all"])


def test_stages_never_share_a_key():
    """The three stages begin with their own name, so that equal content cannot be taken for another's."""
    assert len({fit_key(**FIT), sample_key("", {}, "", 0), score_key("", {}, [])}) == 3


def test_a_release_counts_by_its_version():
    assert code_version(ENTRY) == "1.0"


def test_a_plug_in_file_counts_by_its_source(tmp_path):
    versions = []
    for number, source in enumerate(("x = 1\n", "x = 1\n", "x = 2\n")):
        path = tmp_path / str(number) / "plugin.py"
        path.parent.mkdir()
        path.write_text(source)
        versions.append(code_version(replace(ENTRY, file=path)))
    assert versions[0] == versions[1] != versions[2]


def test_an_editable_package_counts_by_the_source_of_its_module(tmp_path, monkeypatch):
    monkeypatch.setattr(keys, "is_editable", lambda name: True)
    monkeypatch.syspath_prepend(tmp_path)
    versions = []
    for name, inner in (("pack_a", "x = 1\n"), ("pack_b", "x = 1\n"), ("pack_c", "x = 2\n")):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "__init__.py").write_text("")
        (tmp_path / name / "deep" / "inner.py").write_text(inner)
        (tmp_path / name / "notes.txt").write_text(name)  # no code
        info = replace(ENTRY.info, target=f"{name}.deep.inner:M")
        versions.append(code_version(replace(ENTRY, info=info)))
    assert versions[0] == versions[1] != versions[2]
    assert versions[0].startswith("1.0+source-")


def test_what_a_method_s_code_reads_besides_its_data_is_part_of_the_fit():
    assert fit_key(**FIT, inputs="") == fit_key(**FIT)
    assert len({fit_key(**FIT), fit_key(**FIT, inputs="a"), fit_key(**FIT, inputs="b")}) == 3
