"""What helps against a mistake in a plug-in's code, told by what Python or torch says of it.

Nothing is imported here: an error is known by its text and by the class that was running.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

LINES, WIDTH = 3, 600  # of a library's message that are shown; failed.json keeps all of it

_CUT_OFF = (
    "the loss depends on no weight: leave .detach(), .item(), .numpy(), rounding and torch.no_grad() out of "
    "the network and of the loss"
)
_TOO_MUCH = (
    "make smaller what is worked on at once, such as the examples of a step, the patch or the window, or use "
    "another device"
)
_ONE_TYPE = (
    "what a network sees is float32 on the device of the run: make no layer double or complex, and keep "
    "layers in attributes of self or in nn.ModuleList, so that they move along"
)
_ONE_DEVICE = (
    "a tensor that is no weight moves along as self.register_buffer(name, tensor); one that is made on the "
    "way is made with device=x.device"
)
_UNLIKE = (
    "maps of unlike sizes meet: where a network halves its maps n times, set multiple = 2**n on the method, "
    "and they are padded"
)
# What torch says of a mistake, and what its author does about it.
_SAID = (
    (
        r"before Module\.__init__\(\) call",
        "call super().__init__() in the first line of the network's __init__",
    ),
    (
        "optimizer got an empty parameter list",
        "training sees no weight: set layers as attributes of self after super().__init__(), and keep a list "
        "of them in nn.ModuleList",
    ),
    ("does not require grad", _CUT_OFF),
    (
        "has no attribute 'backward'",
        "a loss is a tensor: return it as it is, without .item(), float() or numpy",
    ),
    (
        "created only for scalar outputs",
        "a loss is one number: take the mean over the cells that are valid",
    ),
    (
        "modified by an inplace operation",
        "a value that the gradient needs was overwritten: write y = y + 1 in place of y += 1, torch.where in "
        "place of y[...] = 0, and no inplace=True",
    ),
    (
        "Some tensors share memory",
        "two weights that are one cannot be saved: give each its own, or set the layer on self once and call "
        "it twice",
    ),
    (
        "uninitialized parameter",
        "use a layer that is told its number of channels in place of a lazy one",
    ),
    (
        r"Can't call numpy\(\) on Tensor that requires grad",
        "work with functions of torch where weights are trained; in sample(), with torch.no_grad(), call "
        ".cpu().numpy()",
    ),
    ("Input type .* should be the same", _ONE_TYPE),
    ("expected scalar type|must have the same dtype", _ONE_TYPE),
    ("on the same device|is not on the expected device", _ONE_DEVICE),
    ("DefaultCPUAllocator: can't allocate|out of memory", _TOO_MUCH),
    (
        r"Error\(s\) in loading state_dict",
        "these weights are of another network: fit again, or use the code and the parameters that made them; "
        "if nothing was changed, a buffer changes its size as it is used: register it with persistent=False",
    ),
)
# The same for a class with a certain attribute, since the text alone would not tell.
_SAID_OF = (
    (
        "network",
        r"to have \d+ channels, but got|shapes cannot be multiplied",
        "a layer is handed another number of maps than it was made for; the first one takes as many as "
        "network() is told: channels",
    ),
    ("multiple", "size of tensor a|Sizes of tensors must match", _UNLIKE),
    (
        "loss",
        r"KeyError: 'loss'",
        'loss() gives a mapping, and has to name the one that is made small "loss"',
    ),
    ("loss", "for /: 'NoneType'", "loss() gives None: return the loss"),
)
_CALL = re.compile(r"(\w+)\(\) (?:missing|takes|got (?:an unexpected|multiple))")


def told(error: BaseException) -> str:
    """An error's kind and text, without the pages that some libraries write."""
    text = f"{type(error).__name__}: {error}"
    lines = [line for line in text.splitlines() if line.strip()]
    short = "\n".join(lines[:LINES])
    if len(lines) <= LINES and len(short) <= WIDTH:
        return text
    return f"{short[:WIDTH].rstrip()} ..."


def remedy(code: object, error: BaseException) -> str:
    """What to do about an error that a plug-in's code raised; empty where nothing is known.

    Args:
        code: the plug-in's class, function or module.
        error: that it raised.
    """
    if isinstance(error, TypeError) and (called := called_wrongly(code, error)):
        return _signature(code, called)
    text = f"{type(error).__name__}: {error}"
    for pattern, help_ in _SAID:
        if re.search(pattern, text):
            return help_
    for attribute, pattern, help_ in _SAID_OF:
        if hasattr(code, attribute) and re.search(pattern, text):
            return help_
    return _meant(error)


def called_wrongly(code: object, error: BaseException) -> str:
    """The function of an author's class that does not take what its contract hands it; empty if none."""
    match = _CALL.search(str(error))
    if match is None or not isinstance(code, type):
        return ""
    name = match[1]
    return name if name in vars(code) and _of_the_contract(code, name) is not None else ""


def lacking(code: type) -> dict[str, str]:
    """The functions that a class has to write and did not: their names, and how their definition begins.

    A class with a ``__new__`` of its own chooses what is made, and lacks nothing itself.
    """
    if any("__new__" in vars(base) for base in code.__mro__[:-1]):  # all but object
        return {}
    missing = sorted(getattr(code, "__abstractmethods__", ()))
    return {name: definition(inspect.getattr_static(code, name), name) for name in missing}


def definition(function: Any, name: str) -> str:
    """How a function of a class is defined: ``@classmethod def load(cls, directory)``."""
    plain: Callable[..., Any] = getattr(function, "__func__", function)
    plain = getattr(plain, "fget", plain)
    mark = {classmethod: "@classmethod ", staticmethod: "@staticmethod ", property: "@property "}
    signature = inspect.signature(plain)
    bare = [one.replace(annotation=inspect.Parameter.empty) for one in signature.parameters.values()]
    shown = signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)
    return f"{mark.get(type(function), '')}def {name}{shown}"


def _of_the_contract(code: type, name: str) -> Any:
    """The function of a base class that an author's takes the place of; None if there is none."""
    for base in code.__mro__[1:]:
        if name in vars(base):
            return vars(base)[name]
    return None


def _signature(code: object, name: str) -> str:
    assert isinstance(code, type)
    return f"begin it with: {definition(_of_the_contract(code, name), name)}"


def _meant(error: BaseException) -> str:
    """The attribute that was meant, where one of the object's is like it."""
    if not isinstance(error, AttributeError) or error.name is None:
        return ""
    names = [name for name in dir(error.obj) if not name.startswith("_")]
    close = get_close_matches(error.name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else ""
