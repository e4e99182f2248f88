"""The fit stage."""

from __future__ import annotations

import shutil
from typing import Any

from downbench.contracts.method import FitContext, Method
from downbench.files import atomic_directory, write_json
from downbench.runner.cost import device_facts, measured
from downbench.runner.plan import Plan
from downbench.runner.progress import progress_bar
from downbench.runner.run_directory import read_stage


def fit(plan: Plan) -> tuple[dict[str, Any], bool]:
    """Fit the method unless a finished fit stands there.

    Returns:
        Content of ``fit.json``, and whether it stood there already.
    """
    path = plan.directory.fit / "fit.json"
    done = read_stage(path, [plan.directory.model])
    if done is not None:
        return done, True
    dataset = plan.frames.dataset
    plan.directory.checkpoints.mkdir(parents=True, exist_ok=True)
    method = plan.method_class(plan.config)
    with progress_bar(f"fit    {plan.label}") as progress, measured() as cost:
        context = FitContext(
            seed=plan.method_seed,
            directory=plan.directory.checkpoints,
            device=plan.device,
            progress=progress,
            budget=plan.budget,
            factor=dataset.factor,
        )
        method.fit(dataset.open("train"), dataset.open("validation"), context)
    with atomic_directory(plan.directory.model) as temporary:
        method.save(temporary)
        log = plan.directory.checkpoints / "log.jsonl"
        if log.is_file():
            shutil.copy(log, temporary / log.name)
    result = {
        "key": plan.directory.fit_key,
        "method": plan.method_summary(),
        "dataset": plan.dataset_summary(),
        "seed": plan.seed,
        "budget": plan.budget,
        "device": device_facts(plan.device),
        "cost": cost,
    }
    write_json(path, result)
    shutil.rmtree(plan.directory.checkpoints, ignore_errors=True)
    return result, False


def load_model(plan: Plan) -> Method:
    """Restore the fitted method, with the sampling parameters of this plan."""
    method = plan.method_class.load(plan.directory.model)
    method.config = plan.config
    return method
