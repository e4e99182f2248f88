"""Is a method's randomness that of the seeds that it is handed, and of nothing else?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.methods.at_work import CONTEXT, Fields, MethodAtWork

_NOISE = (
    "draw noise with context.normal(members, times, shape), or seed a generator of your own with "
    "np.random.default_rng(context.seed_for('what for', member, time))"
)


def alike(one: Fields, other: Fields) -> bool:
    """Equal but for what batches of another size change."""
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-4, atol=1e-4)


def _only_probabilistic(method: MethodAtWork) -> None:
    if not method.info.probabilistic:
        raise NotApplicable("it is deterministic")


@check(_NOISE, ["finite"])
def same_seed(method: MethodAtWork) -> None:
    """Sampled again with the same seed, and global generators in another state, the rain is the same."""
    again = method.joined(method.sampled(method.scene, seed_of_others=99), method.scene)
    if not np.array_equal(again, method.ensemble):
        share = (again != method.ensemble).mean()
        raise Failed(f"{share:.0%} of the cells differ when the same is sampled again", method.at)


@check(_NOISE, ["finite"])
def other_seed(method: MethodAtWork) -> None:
    """Another seed gives other rain where the method is probabilistic, the same where it is deterministic."""
    start = method.scene.coarse.sizes["time"] - 3
    other = method.sample(method.scene, replace(CONTEXT, seed=8, start=start))
    same = alike(other, method.ensemble[:, start:])
    if same and method.info.probabilistic:
        raise Failed("another seed gives the same rain", method.at)
    if not same and not method.info.probabilistic:
        raise Failed(
            "another seed gives other rain, although the method says that it is deterministic",
            method.at,
            "leave out probabilistic=False of its MethodInfo",
        )


@check(
    "give each member noise of its own: context.normal(members, times, shape) has the axis for it", ["finite"]
)
def members_differ(method: MethodAtWork) -> None:
    """Members of a probabilistic method differ from each other."""
    _only_probabilistic(method)
    first, *others = method.ensemble
    if any(np.array_equal(first, other) for other in others):
        raise Failed(
            "two members are identical",
            method.at,
            "give each member noise of its own, as context.normal(members, times, shape) does, or say "
            "probabilistic=False in MethodInfo",
        )


@check(
    "draw the noise of a member by its number, so that it is the same however many are asked for", ["finite"]
)
def fewer_members(method: MethodAtWork) -> None:
    """The first members are the same however many are asked for."""
    _only_probabilistic(method)
    start = method.scene.coarse.sizes["time"] - 3
    fewer = method.sample(method.scene, replace(CONTEXT, start=start), members=2)
    if not alike(fewer, method.ensemble[:2, start:]):
        raise Failed("two members are not the first two of three", method.at)


@check(
    "draw the noise of a member by its number, as context.normal does and context.numbers(members) tells, "
    "and work nothing out of several members; or leave 'member' out of cuts",
    ["finite"],
)
def member_groups(method: MethodAtWork) -> None:
    """Members that are sampled in groups are the same to the bit, where `cuts` has "member"."""
    _only_probabilistic(method)
    if "member" not in method.code.cuts(method.config, method.info.cuts):
        raise NotApplicable("it is not cut by member")
    for first, last in ((0, 1), (1, method.members)):
        part = method.sample(method.scene, replace(CONTEXT, first_member=first), members=last - first)
        if not np.array_equal(part, method.ensemble[first:last]):
            most = np.abs(part - method.ensemble[first:last]).max()
            raise Failed(
                f"members {first + 1} to {last}, sampled without the others, differ by up to {most:.1g} mm/h",
                method.at,
            )


@check(_NOISE, ["finite", "other-seed"])
def other_tile(method: MethodAtWork) -> None:
    """Each tile and sequence has noise of its own."""
    _only_probabilistic(method)
    start = method.scene.coarse.sizes["time"] - 1
    own = method.ensemble[:, start:]
    for name, context in (("tile", replace(CONTEXT, tile=5)), ("sequence", replace(CONTEXT, sequence="z"))):
        if alike(method.sample(method.scene, replace(context, start=start)), own):
            raise Failed(f"another {name} has the same noise", method.at)


@check(
    "use generators of your own: np.random.default_rng(seed), torch.Generator().manual_seed(seed), or "
    "torch.random.fork_rng() around what needs the global one",
    ["finite"],
)
def global_generators(method: MethodAtWork) -> None:
    """Neither `fit` nor `sample` changes a random generator that others use too."""
    if method.touched:
        raise Failed(" and ".join(sorted(method.touched)), method.at)


CHECKS = (same_seed, other_seed, members_differ, fewer_members, member_groups, other_tile)
LAST = (global_generators,)
