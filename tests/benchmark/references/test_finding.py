"""What a name means, and what may stand beside a run."""

import warnings
from dataclasses import replace

import pytest

from downbench import UserError
from downbench.findings.stored_run import open_run, open_runs
from downbench.references.finding import beside, find_reference, of_frames, rows_of
from downbench.references.index import Repeat, scored_frames
from downbench.references.opening import open_named
from downbench.references.shipped import unpack


def changed(shipped, **changes):
    return replace(shipped, reference=shipped.reference.model_copy(update=changes))


def named(shipped, name):
    return changed(shipped, archive=f"toy/{name}.bench.zip")


@pytest.fixture
def here(references, own):
    """The references on the frames of the long record."""
    return of_frames(references(), scored_frames(open_run(own["long"]).record))


@pytest.fixture
def record(own):
    return open_run(own["long"]).record


def test_frames_decide(references, own):
    counts = {
        name: len(of_frames(references(), scored_frames(open_run(path).record))) for name, path in own.items()
    }
    assert counts == {"long": 3, "short": 1, "other": 0}


def test_a_renamed_file_has_the_references_of_its_content(references, own):
    """The key of frames follows the names of sequences; references go by content and times."""
    record = open_run(own["long"]).record
    renamed = record.model_copy(update={"frames": record.frames.model_copy(update={"key": "another name"})})
    assert find_reference("nearest", renamed, references()) == find_reference("nearest", record, references())
    other = record.model_copy(update={"dataset": record.dataset.model_copy(update={"fingerprint": "0" * 64})})
    assert of_frames(references(), scored_frames(other)) == []


def test_an_ensemble_stands_beside_as_many_members(here, record):
    """A deterministic method has one member, whatever was asked, and stands beside any."""
    names = {one.reference.method for one in beside(here, [record])}
    assert names == {"nearest", "bicubic", "noisy"}
    eight = record.model_copy(
        update={"members": 8, "method": record.method.model_copy(update={"probabilistic": True})}
    )
    assert {one.reference.method for one in beside(here, [eight])} == {"nearest", "bicubic"}
    two = eight.model_copy(update={"members": 2})
    assert {one.reference.method for one in beside(here, [two])} == {"nearest", "bicubic", "noisy"}


def test_the_very_run_is_not_shown_twice(here):
    same = unpack(here[0]).record
    assert here[0].reference.method not in {one.reference.method for one in beside(here, [same])}


def test_an_older_version_gives_way_to_the_present_one(here, record):
    one, other = here[0], here[-1]
    older = [
        named(changed(one, older=True, seed=seed, sample=f"older {seed}"), f"old{seed}") for seed in (0, 99)
    ]
    now, preset = changed(one, sample="now"), changed(older[0], preset="paper")
    assert beside([*older, now, other], [record]) == [now, other]
    assert beside(older, [record]) == older
    assert beside([now, preset], [record]) == [now, preset]


def test_of_several_older_versions_the_newest_stands(here, record):
    """All seeds of it do, and those of a version whose work it repeats; a full name finds any."""
    version = [
        changed(
            here[0], older=True, version=f"v{day}", date=f"2026-01-0{day}T00:00:00+00:00", sample=f"v{day}"
        )
        for day in (1, 2, 3)
    ]
    first, second, third = (named(one, one.reference.version) for one in version)
    seed = named(changed(second, seed=5, sample="seed"), "seed")
    again = Repeat(version="v3", commit="c", former="v2", former_commit="c", steps=9, date="2026-01-04")
    same = named(changed(second, same=(again,)), "same")
    assert beside([first, second, seed], [record]) == [second, seed]
    assert beside([third, first, second], [record]) == [third]
    assert beside([first, third, same], [record]) == [third, same]
    method = here[0].reference.method
    assert find_reference(method, record, [first, third, second]) == third
    assert find_reference("v1", record, [first, third, second]) == first


def test_seeds_of_one_configuration_are_one_row(here):
    run = unpack(here[0])
    seeds = [(changed(here[0], seed=seed), run) for seed in (2, 0, 1)]
    method = run.record.method.model_copy(update={"configuration": {"other": 1}})
    other = replace(run, record=run.record.model_copy(update={"method": method}))
    rows = rows_of([*seeds, (here[0], other)])
    assert sorted([one.reference.seed for one, _ in row] for row in rows) == [[0], [0, 1, 2]]


def test_seeds_of_code_that_repeats_the_other_s_work_are_one_row(here):
    """An archive is one of its own code; among references it is one of the newest that repeats it."""
    version = here[0].reference.version
    again = Repeat(version="v2", commit="c", former=version, former_commit="c", steps=9, date="2026-01-04")
    former, present = here[0], changed(here[0], same=(again,))
    assert unpack(former).record.method.version == version
    assert unpack(present).record.method.version == "v2"
    pairs = [(one, unpack(one)) for one in (former, present)]
    assert [len(row) for row in rows_of(pairs)] == [1, 1]
    assert [len(row) for row in rows_of([pairs[1], pairs[1]])] == [2]


def test_a_name_finds_its_method_seed_and_present_version(here, record):
    [one] = [one for one in here if one.reference.method == "noisy"]
    assert find_reference("noisy", record, here) == one
    assert find_reference(one.reference.name, record, here) == one
    several = [changed(one, seed=3), changed(one, seed=1), changed(one, seed=1, older=True)]
    assert find_reference("noisy", record, several).reference.seed == 1
    assert find_reference("noisy", record, several).reference.older is False
    assert find_reference("noisy@3", record, several).reference.seed == 3
    same_seed = [*several, changed(one, seed=record.seed)]
    assert find_reference("noisy", record, same_seed).reference.seed == record.seed


def meant(name, record, shipped):
    """Which of several a name means, and what is said of it."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        return find_reference(name, record, shipped), str(said[-1].message)


def test_of_two_of_a_name_the_newest_is_meant_and_it_is_said(here, record):
    one = here[0]
    archive = one.reference.archive.replace("-0-", "-0-x")
    newer = changed(one, archive=archive, date="2099-01-01T00:00:00+00:00")
    for both in ([one, newer], [newer, one]):
        found, said = meant(one.reference.method, record, both)
        assert found == newer
        assert said.startswith(f"ref:{one.reference.method} is ref:{newer.reference.name}, ")
        assert said.endswith(f", and not ref:{one.reference.name}")
    assert find_reference(one.reference.name, record, [one, newer]) == one, "a full name means one"


def test_of_two_of_a_name_what_the_preset_gives_now_goes_before_a_newer_one(here, record):
    [one] = [one for one in here if one.reference.method == "noisy"]
    archive = one.reference.archive.replace("-0-", "-0-x")
    newer = {"archive": archive, "date": "2099-01-01T00:00:00+00:00"}
    other = changed(one, **newer, other_settings=True)
    found, said = meant("noisy", record, [one, other])
    assert (found, "what its preset gives now on these frames" in said) == (one, True)
    found, said = meant("noisy", record, [one, changed(one, **newer)])
    assert (found.reference.archive, ", the newest, " in said) == (archive, True)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bicubik", "did you mean bicubic"),
        ("zzz", "there are: bicubic, nearest, noisy"),
        ("noisy@7", "there is noisy with seed 0"),
        ("", "there are: "),
    ],
)
def test_an_unknown_name_is_told_what_there_is(here, record, name, said):
    with pytest.raises(UserError, match=said):
        find_reference(name, record, here)


def test_other_frames_are_told_where_there_are_references(references, own):
    record = open_run(own["other"]).record
    with pytest.raises(UserError, match=r"references exist for toy.*168 time steps"):
        find_reference("nearest", record, references())
    with pytest.raises(UserError, match="no references are installed"):
        find_reference("nearest", record, [])
    long = open_run(own["long"]).record
    limited = long.model_copy(update={"limit": 5})
    with pytest.raises(UserError, match="this record has references with no --limit"):
        find_reference("nearest", limited, references())
    short = open_run(own["short"]).record
    with pytest.raises(UserError, match="it was scored on toy, 168 time steps; on these frames"):
        find_reference("nearest", short, references())


def test_runs_and_references_are_opened_in_their_order(installed, own):
    opened = open_named(["ref:noisy", open_run(own["long"]), "ref:bicubic@0"])
    assert [run.record.method.name for run in opened] == ["noisy", "bilinear", "bicubic"]
    assert [bool(run.marks) for run in opened] == [True, False, True]
    with pytest.raises(UserError, match="name a run directory beside them"):
        open_named(["ref:noisy", "ref:bicubic"])


def test_a_folder_stands_for_all_runs_in_it(campaign):
    """As a user has them: the folder that --runs named, that of one dataset, that of one method."""
    names = [run.record.method.name for run in open_runs(campaign)]
    assert sorted(names) == ["bicubic", "bicubic", "nearest", "noisy"]
    (dataset,) = campaign.iterdir()
    assert [run.directory for run in open_named([str(dataset)])] == [
        run.directory for run in open_runs(campaign)
    ]
    assert len(open_named([str(dataset / "bicubic")])) == 2
    with pytest.raises(UserError, match="holds 4 scored ensembles") as caught:
        open_run(campaign)
    assert caught.value.hint.count("\n") == 4
    with pytest.raises(UserError, match="campain does not exist"):
        open_runs(campaign.parent / "campain")
