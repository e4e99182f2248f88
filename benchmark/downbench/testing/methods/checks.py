"""All checks of methods, in order, and how they are carried out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from downbench.contracts.configuration import build_config, refuse_preset
from downbench.contracts.method import Method
from downbench.files import scratch_folder
from downbench.guard import defined_at
from downbench.pipeline.cost import measured
from downbench.plugins.descriptions import MethodInfo
from downbench.plugins.registry import Registration
from downbench.testing.check import Check, Report, Result, carry_out
from downbench.testing.methods import declared, handed, in_time, kept, likeness, random_numbers, yielded
from downbench.testing.methods.at_work import MethodAtWork
from downbench.testing.methods.elsewhere import FreshProcess

METHOD_CHECKS: tuple[Check[MethodAtWork], ...] = (
    *declared.CHECKS,
    *yielded.CHECKS,
    *likeness.CHECKS,
    yielded.negative_rain,
    *random_numbers.CHECKS,
    *in_time.CHECKS,
    *handed.CHECKS,
    *kept.CHECKS,
    *handed.LAST,
    *random_numbers.LAST,
)
QUICK = ("smoke", "tiny")  # presets to check with, the first that there is


def report_on_method(
    entry: Registration,
    process: FreshProcess,
    preset: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Report:
    """Check a registered method.

    Args:
        entry: its registration.
        process: that restores it.
        preset: to check with; by default the quickest that there is.
        settings: parameters that differ from the preset's.

    Raises:
        UserError: it is no method, or its configuration cannot be made.
    """
    code, info = entry.load_class(Method), entry.info  # type: ignore[type-abstract]
    assert isinstance(info, MethodInfo)
    if preset is None:
        preset = next((name for name in QUICK if name in code.presets), next(iter(code.presets), None))
    refuse_preset(preset, {info.name: code.presets})
    config = build_config(info.name, code.Config, code.presets, preset, settings or {})
    with scratch_folder("check") as folder, measured() as cost:
        elsewhere = partial(process.sample, entry.full_name)
        method = MethodAtWork(info, code, config, folder, elsewhere)
        results: tuple[Result, ...] = carry_out(METHOD_CHECKS, method, defined_at(code))
    facts = {f"{name} [s]": round(seconds, 4) for name, seconds in method.seconds.items()}
    facts["most memory of the process [MB]"] = cost["peak_memory_mb"]
    return Report("method", info.name, defined_at(code), results, facts)
