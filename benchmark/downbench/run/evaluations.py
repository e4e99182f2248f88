"""How often a test split has been met: the more configurations saw it, the less its best score says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from downbench.files import digest_json, read_json
from downbench.run.plan import Plan
from downbench.store.run_directory import scored_of_fits


def count_evaluations(plan: Plan) -> int:
    """Configurations of this method that met this test split in this folder of runs, the plan's included.

    A configuration is all parameters, those of sampling too, with the code, the budget, the weights that were
    handed over and, in a shift, the data that were trained on; the seed, the number of members and the frames
    within the split do not count. A test split is the one of a dataset with one fingerprint.
    """
    fingerprint = plan.frames.dataset.fingerprint()
    track = plan.track_part()
    own = {
        "method": plan.method_part().model_dump(mode="json"),
        "budget": plan.budget,
        "track": track and track.model_dump(mode="json"),
    }
    met = {_identity(own)}
    for path in scored_of_fits(plan.directory.fit.parent):
        try:
            run = read_json(path)
            if run["dataset"]["fingerprint"] == fingerprint:
                met.add(_identity(run))
        except (ValueError, KeyError, TypeError, RecursionError):  # damaged: told where it is read
            continue
    return len(met)


def _identity(run: Mapping[str, Any]) -> str:
    method = run["method"]
    weights = method.get("weights") or {}
    parts = [method[key] for key in ("distribution", "name", "version", "configuration")]
    trained = (run.get("track") or {}).get("training", {}).get("fingerprint")
    return digest_json([*parts, run.get("budget"), weights.get("digest"), trained])
