"""Does a method declare what a run takes from it?"""

from __future__ import annotations

from downbench.contracts.configuration import build_config
from downbench.errors import RunFailed
from downbench.guard import defined_at, running
from downbench.testing.check import Failed, NotApplicable, check
from downbench.testing.methods.at_work import MethodAtWork

DEFAULT_PRESET = "tiny"  # which `bench run` takes where no other is asked for
_DESCRIBING = (
    "what describes a method, as parameters(), finishing() and the network of a toolkit, needs no data"
)


@check("add a preset 'tiny' to presets; {} is enough where the defaults are small")
def presets(method: MethodAtWork) -> None:
    """Presets, if there are any, have the one that `bench run` takes by default, and each can be used."""
    code = method.code
    if not code.presets:
        raise NotApplicable("it has no presets")
    for name in code.presets:
        build_config(method.info.name, code.Config, code.presets, name, {})
    if DEFAULT_PRESET not in code.presets:
        raise Failed(
            f"there are the presets {', '.join(code.presets)}, and none is called {DEFAULT_PRESET!r}, "
            "which `bench run` takes where no other is asked for",
            defined_at(code),
        )


@check("give each parameter a default: width: int = downbench.parameter(3, 'Width of the network.')")
def parameters(method: MethodAtWork) -> None:
    """All parameters have defaults, and those that the class names exist."""
    code, fields = method.code, method.code.Config.model_fields
    lacking = [name for name, one in fields.items() if one.is_required()]
    if lacking:
        raise Failed(f"the parameter {lacking[0]!r} has no default", defined_at(code.Config))
    for name in ("sampling_parameters", "where_not_mean"):
        if unknown := set(getattr(code, name)) - set(fields):
            raise Failed(
                f"{name} names {min(unknown)!r}, which is no parameter",
                defined_at(code),
                f"the parameters are {', '.join(fields) or 'none'}",
            )


@check("write MethodInfo(past=1, future=0, window=1) with the numbers of coarse frames that it looks at")
def description(method: MethodAtWork) -> None:
    """The description can be true: no negative numbers of frames, and presets are of parameters."""
    info = method.info
    numbers = {"past": (info.past, 0), "future": (info.future, 0), "window": (info.window, 1)}
    for name, (value, least) in numbers.items():
        if not isinstance(value, int) or value < least:
            raise Failed(f"MethodInfo says {name}={value!r}")
    try:
        with running(method.what, method.code):
            method.code.parameters(method.config, 2)
            method.code.inputs_digest(method.config)
            method.code.cuts(method.config, info.cuts)
            method.code.finishing(method.config)
    except RunFailed as error:
        raise Failed(error.message, hint=error.hint or _DESCRIBING) from error


CHECKS = (presets, parameters, description)
