"""Parameters that came after results were kept: a record has one only where it is not the default."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_jsonable_python

from downbench.errors import DownbenchError
from downbench.plugins.session import registry


def whole_configurations(runs: Sequence[Any], every: bool = False) -> list[dict[str, Any]]:
    """Configurations of runs of one method, with what a record leaves out because it is the default.

    The method is loaded only where a configuration lacks what another one has, and nothing is added where
    nobody here knows it.

    Args:
        runs: their records, or another reading of them with the same names.
        every: add any default of today, as of runs whose code is known to do the same; else only those of
            parameters that are declared to leave results as they were.
    """
    configurations = [run.method.configuration for run in runs]
    if all(one.keys() == configurations[0].keys() for one in configurations):
        return [dict(one) for one in configurations]
    known = _defaults(runs[0].method, every)
    keys = dict.fromkeys(key for one in configurations for key in one)
    later = {key: known[key] for key in keys if key in known}
    return [
        {key: {**later, **one}[key] for key in keys if key in later or key in one} for one in configurations
    ]


def _defaults(method: Any, every: bool) -> dict[str, Any]:
    """Parameters of a method and their defaults: every one, or those that are declared to have come later."""
    try:
        fields = registry().find("method", f"{method.distribution}:{method.name}").load().Config.model_fields
    except DownbenchError:
        return {}
    return {
        key: to_jsonable_python(field.get_default())
        for key, field in fields.items()
        if every or field.exclude_if is not None
    }
