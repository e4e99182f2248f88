"""A request of runs, from a suite file and what is said besides, for the command line and for Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from downbench.errors import UserError
from downbench.marks import set_limits
from downbench.suite.request import (
    Suite,
    apply_settings,
    apply_shifts,
    apply_weights,
    build_suite,
    choose,
    read_suite,
)

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def ask(
    suite: Path | None = None,
    *,
    methods: Sequence[str] | None = None,
    datasets: Sequence[str] | None = None,
    data_root: Path | None = None,
    budget: str | float | None = None,
    controls: bool = True,
    hours: bool = False,
    settings: Sequence[str] = (),
    shifts: Sequence[str] = (),
    weights: Sequence[str] = (),
    **others: Any,
) -> Suite:
    """Put a request together and check all of it; what is None is as the suite file or the default has it.

    Args:
        suite: file that asks for many runs; what is said besides wins over it.
        methods: names; of a suite file, only these.
        datasets: names, or paths of cards; of a suite file, only these.
        data_root: file or folder of the data of each dataset that names none.
        budget: longest time for each fit, in seconds or as ``10m``.
        controls: whether the controls that the protocol prescribes are run too.
        hours: whether scores by hour of day are worked out too.
        settings: ``name.key=value``, of methods and datasets.
        shifts: ``NAME=DATA``, further data that fitted methods are scored on.
        weights: ``METHOD=DIR``, in place of fitting.
        others: further keys of :class:`downbench.suite.request.Suite`.

    Raises:
        UserError: names the first thing that is wrong.
    """
    content = read_suite(suite) if suite else {"methods": [], "datasets": []}
    content["methods"] = choose(content["methods"], list(methods or []))
    content["datasets"] = choose(content["datasets"], list(datasets or []))
    if data_root is not None:
        content["datasets"] = _with_root(content["datasets"], data_root)
    said = {
        **others,
        "budget": _seconds(budget),
        "controls": None if controls else False,
        "hours": hours or None,
    }
    content |= {key: value for key, value in said.items() if value is not None}
    for key in ("preset", "seeds"):  # which a method of the file may have of its own
        if others.get(key) is not None:
            content["methods"] = [
                {own: value for own, value in spec.items() if own != key} for spec in content["methods"]
            ]
    apply_settings(content, list(settings))
    apply_shifts(content, list(shifts))
    apply_weights(content, list(weights))
    request = build_suite(content)
    set_limits(request.isolation.seconds, request.isolation.memory)
    return request


def _with_root(specs: list[dict[str, Any]], root: Path) -> list[dict[str, Any]]:
    """Datasets of which each that names no root has this one."""
    if specs and all(spec.get("root") is not None for spec in specs):
        raise UserError(
            f"--data-root {root} is of no dataset of this run, since the suite file names the data of each",
            "change root in the suite file",
        )
    return [{"root": root, **spec} for spec in specs]


def _seconds(budget: str | float | None) -> float | None:
    if budget is None or isinstance(budget, int | float):
        return budget
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", budget)
    if not match:
        raise UserError(f"--budget {budget!r} is not a duration", "write for example 90s, 10m or 2h")
    return float(match[1]) * _UNITS[match[2] or "s"]
