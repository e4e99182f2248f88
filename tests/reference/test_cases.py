"""What is repeated is the configuration of the references, shortened."""

from __future__ import annotations

from folders import ROOT

from downbench.references.index import Repeat, read_index

FOLDER = ROOT / "leaderboard" / "reference" / "downbench_reference"


def shipped(method: str, number: int = 1):
    return [one for one in read_index(FOLDER).references if one.method == method][:number]


def test_a_configuration_that_trains_is_shortened_and_nothing_else_of_it_changes():
    from cases import SHORT, configuration_in, shortened

    [one] = shipped("ofdiff")
    whole = configuration_in(FOLDER / one.archive)
    short = shortened(whole, 12)
    changed = {name for name in whole if whole[name] != short[name]}
    assert whole.keys() == short.keys()
    assert changed == {"train_steps", "patch", *SHORT}
    assert (short["train_steps"], short["patch"]) == (12, 32)
    assert shortened({"neighbours": 5}) == {"neighbours": 5}, "a method that does not train has all of it"
    assert shortened({**whole, "halo": 16})["patch"] == whole["patch"], "a halo needs its room"


def test_what_has_to_be_repeated_is_what_the_former_code_made_and_the_present_code_has_not():
    from cases import cases_of

    one, *_ = shipped("bicubic")
    other = one.model_copy(update={"version": "0.1.0+source-1", "archive": one.archive})
    name, present = f"{one.distribution}:bicubic", "0.1.0+source-2"
    [case] = cases_of([one, other], FOLDER, {name: one.version}, {name: present})
    assert (case.method, case.former, case.archives, case.steps) == (name, one.version, [one.archive], None)
    link = Repeat(version=present, commit="b", former=one.version, former_commit="a", steps=None, date="")
    for references, former, now in (
        ([one], "other", present),
        ([one], one.version, one.version),
        ([one.model_copy(update={"same": (link,)})], one.version, present),
    ):
        assert cases_of(references, FOLDER, {name: former}, {name: now}) == []
    later = cases_of([one.model_copy(update={"same": (link,)})], FOLDER, {name: present}, {name: "third"})
    assert [one.former for one in later] == [present], "what a chain ends with can be repeated in turn"
