"""Whether a reference is a run of one's own, made before: held against what a record says, part by part."""

from dataclasses import replace

import pytest

from downbench.references.index import Repeat
from downbench.references.made import made_of
from downbench.references.shipped import unpack


@pytest.fixture
def noisy(references):
    """A reference of an ensemble, and how its run was made, as another run of the very same."""
    [shipped] = [one for one in references() if one.reference.method == "noisy"]
    return shipped.reference, replace(made_of(unpack(shipped).record), sample="another key")


def test_equal_samples_are_the_same_run(noisy):
    reference, made = noisy
    other = replace(made, version="other", seed=99)
    assert not other.repeats(reference)
    assert replace(other, sample=reference.sample).repeats(reference)


@pytest.mark.parametrize(
    "other",
    [
        {"version": "other"},
        {"seed": 99},
        {"members": 99},
        {"budget": 5.0},
        {"track": "dry to wet"},
        {"preset": "paper"},
        {"configuration": {"scale": 0.123}},
        {"finishing": {"mass": "conserved"}},
        {"weights": "0" * 64},
        {"distribution": "theirs"},
        {"frames": ("others", None, 2)},
    ],
    ids=str,
)
def test_all_that_makes_a_run_counts(noisy, other):
    reference, made = noisy
    assert made.repeats(reference)
    assert not replace(made, **other).repeats(reference)


def test_code_that_repeats_its_work_is_the_same_code(noisy):
    reference, made = noisy
    new = replace(made, version="new")
    link = Repeat(
        version="new", commit="c", former=reference.version, former_commit="c", steps=9, date="2026-01-01"
    )
    assert new.repeats(reference.model_copy(update={"same": (link,)}))
    assert not new.repeats(reference.model_copy(update={"same": (link.model_copy(update={"former": "x"}),)}))


def test_members_that_a_deterministic_method_was_asked_for_do_not_count(references):
    [shipped] = [one for one in references() if one.reference.method == "nearest"]
    made = replace(made_of(unpack(shipped).record), sample="another key", members=99)
    assert made.repeats(shipped.reference)
