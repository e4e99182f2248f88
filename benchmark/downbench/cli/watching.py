"""Which command lines run in a process that another one watches: those that may run a third party's code."""

from __future__ import annotations

import os
from collections.abc import Callable

from downbench.cli.global_options import split_options
from downbench.errors import UserError
from downbench.isolation.limits import SWITCH
from downbench.isolation.supervised import begin, finish, supervise
from downbench.plugins.loading import BUILTIN, installed

HARMLESS = {
    "list",
    "show",
    "plugins",
    "doctor",
    "schema",
}  # imports are tried elsewhere first
_ASKED = {"--isolate", "--time-limit", "--memory-limit"}
_TOGETHER = ("WORLD_SIZE", "SLURM_STEP_NUM_TASKS")  # processes that fit together, as launchers say it


def run_watched(argv: list[str], main: Callable[[list[str]], int]) -> int:
    """Run a command line here, or where whatever ends its process ends nothing else."""
    if box := begin():
        code = main(argv)
        finish(box, code)
        return code
    if not may_run_strange_code(argv):
        return main(argv)
    together = any(os.environ.get(name, "1") != "1" for name in _TOGETHER)
    return supervise(argv, again=not together)


def may_run_strange_code(argv: list[str]) -> bool:
    """Whether a command line may run code that is not built in, or asks for a process of its own."""
    try:
        options, words = split_options(argv)
    except UserError:
        return False
    flags = {word.partition("=")[0] for word in words}
    if not words or words[0] in HARMLESS or flags & {"--help", "-h", "--no-isolate"}:
        return False
    if flags & _ASKED:
        return True
    if os.environ.get(SWITCH) == "0":
        return False
    return bool(options.plugins) or (not options.no_plugins and _is_strange_code_installed())


def _is_strange_code_installed() -> bool:
    allowed = os.environ.get("DOWNBENCH_PLUGINS")
    sources = installed(False, None if allowed is None else frozenset(allowed.split(",")))
    return any(source.distribution != BUILTIN for source in sources)
