"""Is what a method has fitted kept whole, in files that anybody may open?"""

from __future__ import annotations

from downbench.guard import defined_at, running
from downbench.models.pickles import SAFE, pickles_in
from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.methods.at_work import MethodAtWork
from downbench.testing.methods.random_numbers import alike
from downbench.testing.rain import PREDICTORS

_COMPLETE = "if fit() sets it, then save() must write it and load() must restore it"


@check(_COMPLETE, ["finite"])
def restored(method: MethodAtWork) -> None:
    """What `save` wrote is restored by `load` in a fresh process, and samples the same there."""
    _ = method.model
    if method.elsewhere is None:
        raise NotApplicable("a class that is not registered cannot be named to another process")
    if not alike(method.elsewhere(method.model), method.ensemble):
        raise Failed(
            "restored in a fresh process, it samples other rain",
            defined_at(method.code.load),
            f"{_COMPLETE}; hash() of a text and the order of a set differ between processes too",
        )


@check(SAFE, ["fits"])
def no_pickle(method: MethodAtWork) -> None:
    """No file that `save` wrote, nor a checkpoint, is a pickle or holds one."""
    for folder in (method.model, method.folder / "checkpoints"):
        for file in pickles_in(folder):
            where = defined_at(method.code.save)
            raise Failed(f"{file.relative_to(method.folder)} is a pickle, or holds one", where)


@check("name only predictors and static fields that fit() saw, and precipitation among them", ["fits"])
def inputs(method: MethodAtWork) -> None:
    """`inputs` asks for no more than the method was fitted on, before and after it is restored."""
    with running(method.what, method.code):
        both = method.fitted, method.code.load(method.model)
        asked = [one.inputs() for one in both]
    if asked[0] != asked[1]:
        raise Failed(
            f"inputs() is {asked[0]} when fitted, and {asked[1]} when restored",
            defined_at(method.code.inputs),
        )
    names = set(asked[0] or PREDICTORS)
    if unknown := names - {*PREDICTORS, "topography"}:
        raise Failed(f"inputs() names {min(unknown)!r}, which was not there", defined_at(method.code.inputs))
    if "precipitation" not in names:
        raise Failed("inputs() lacks 'precipitation'", defined_at(method.code.inputs))


CHECKS = (restored, no_pickle, inputs)
