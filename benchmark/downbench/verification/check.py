"""The independent check that a metric's plug-in brings, imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from downbench.contracts.statistic import Null, Totals
from downbench.contracts.subset import Subset
from downbench.errors import RunFailed
from downbench.plugins.descriptions import CheckInfo, MetricInfo
from downbench.plugins.registry import Registration


class Check(NamedTuple):
    """An independent check, ready to be called.

    Args:
        info: its description.
        work: from a subset to component and value.
        scale: what the relative tolerance is a share of, if that is not the value itself.
        ours: what is compared in place of the metric's value.
    """

    info: CheckInfo
    work: Callable[[Subset], Mapping[str, float]]
    scale: Callable[[Subset], float] | None
    ours: Callable[[Totals], Mapping[str, float | Null]] | None


def load_check(registration: Registration) -> Check | str:
    """Import the check of a metric, or return the reason why there is none.

    Raises:
        RunFailed: the plug-in's check cannot be imported.
    """
    assert isinstance(registration.info, MetricInfo)
    info = registration.info.check
    if info is None:
        return "the plug-in brings no independent check of this metric"
    if info.package and find_spec(info.package) is None:
        return f"{info.package} is not installed: pip install {info.package}"
    try:
        work, scale, ours = (_load(target) for target in (info.target, info.scale, info.ours))
    except Exception as error:
        raise RunFailed(
            f"the check of metric {registration.full_name!r} cannot be imported: {error!r}"
        ) from error
    return Check(info, work, scale, ours)


def _load(target: str) -> Any:
    if not target:
        return None
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


def check_values(name: str, check: Check, subset: Subset) -> tuple[dict[str, float], float | None]:
    """Values of an independent check on a subset, and what the relative tolerance is a share of.

    Raises:
        RunFailed: the check fails; names its metric.
    """
    try:
        values = {component: float(value) for component, value in check.work(subset).items()}
        return values, None if check.scale is None else float(check.scale(subset))
    except Exception as error:
        raise RunFailed(f"the check of metric {name!r} failed: {type(error).__name__}: {error}") from error
