"""How often a test split has been met: the more configurations saw it, the less its best score says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from downbench.files import digest_json, read_json
from downbench.pipeline.plan import Plan
from downbench.store.keys import code_version
from downbench.store.run_directory import scored_of_fits


def count_evaluations(plan: Plan) -> int:
    """Configurations of this method that met this test split in this folder of runs, the plan's included.

    A configuration is all parameters, those of sampling too, with the code, the budget, the weights that were
    handed over and, in a shift, the data that were trained on; the seed, the number of members and the frames
    within the split do not count. A test split is the one of a dataset with one fingerprint. Configurations
    that the same command runs before this one count whether or not they are finished, so that runs side by
    side count as one after another.
    """
    fingerprint = plan.frames.dataset.fingerprint()
    met = {identity_of(plan), *plan.earlier}
    for path in scored_of_fits(plan.directory.fit.parent):
        try:
            run = read_json(path)
            if run["dataset"]["fingerprint"] == fingerprint:
                met.add(_identity(run))
        except (ValueError, KeyError, TypeError, RecursionError):  # damaged: told where it is read
            continue
    return len(met)


def identity_of(plan: Plan) -> str:
    """Digest of a plan's configuration; equal for runs that count as one."""
    method = {
        "distribution": plan.entry.distribution,
        "name": plan.info.name,
        "version": code_version(plan.entry),
        "configuration": plan.config.model_dump(mode="json"),
        "weights": {"digest": plan.weights.digest} if plan.weights else None,
    }
    trained = plan.frames.trained.fingerprint()
    track = {"training": {"fingerprint": trained}} if plan.frames.track else None
    return _identity({"method": method, "budget": plan.budget, "track": track})


def with_earlier(plans: Iterable[Plan]) -> list[Plan]:
    """The same plans, each with the configurations that those before it bring to the same method and data."""
    met: dict[tuple[Path, str], dict[str, None]] = {}
    informed = []
    for plan in plans:
        before = met.setdefault((plan.directory.fit.parent, plan.frames.dataset.fingerprint()), {})
        informed.append(replace(plan, earlier=tuple(before)))
        before[identity_of(plan)] = None
    return informed


def _identity(run: Mapping[str, Any]) -> str:
    method = run["method"]
    weights = method.get("weights") or {}
    parts = [method[key] for key in ("distribution", "name", "version", "configuration")]
    trained = (run.get("track") or {}).get("training", {}).get("fingerprint")
    return digest_json([*parts, run.get("budget"), weights.get("digest"), trained])
