"""The fit stage."""

from __future__ import annotations

import shutil
from typing import Any

from downbench.contracts.method import ALONE, FitContext, Method, Processes
from downbench.errors import RunFailed
from downbench.files import atomic_directory, write_json
from downbench.models.model_card import write_card
from downbench.run.cost import COST_LOST, NOT_FITTED, device_facts, measured
from downbench.run.plan import Plan
from downbench.run.progress import progress_bar
from downbench.store.run_directory import read_stage


def fit(plan: Plan, processes: Processes = ALONE) -> tuple[dict[str, Any], bool]:
    """Fit the method unless a finished fit stands there, in this process or as the first of several.

    Returns:
        Content of ``fit.json``, and whether it stood there already.
    """
    path = plan.directory.fit / "fit.json"
    done = read_stage(path, plan.directory.model)
    if done is not None:
        return done, True
    if plan.directory.model.is_dir():  # renamed into place whole, killed before its fit.json
        result = _summary(plan, dict(NOT_FITTED if plan.weights else COST_LOST))
        write_json(path, result)
        return result, True
    if plan.weights is not None:
        with atomic_directory(plan.directory.model) as temporary:
            plan.weights.copy_to(temporary)
        result = _summary(plan, dict(NOT_FITTED))
        write_json(path, result)
        return result, False
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
            processes=processes,
        )
        train, validation = dataset.open("train"), dataset.open("validation")
        method.fit(train, validation, context)
    result = _summary(plan, cost)
    with atomic_directory(plan.directory.model) as temporary:
        method.save(temporary)
        log = plan.directory.checkpoints / "log.jsonl"
        if log.is_file():
            shutil.copy(log, temporary / log.name)
        write_card(temporary, method, result, train, validation)
    write_json(path, result)
    shutil.rmtree(plan.directory.checkpoints, ignore_errors=True)
    return result, False


def _summary(plan: Plan, cost: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": plan.directory.fit_key,
        "method": plan.method_summary(),
        "dataset": plan.dataset_summary(),
        "seed": plan.seed,
        "budget": plan.budget,
        "device": device_facts(plan.device),
        "cost": cost,
    }


def load_model(plan: Plan) -> Method:
    """Restore the fitted method, with the sampling parameters of this plan.

    Raises:
        RunFailed: what was saved cannot be read.
    """
    try:
        method = plan.method_class.load(plan.directory.model)
    except (OSError, ValueError, KeyError) as error:
        raise RunFailed(
            f"the fitted model in {plan.directory.model} cannot be read: {error}",
            f"move {plan.directory.fit} away to fit again",
        ) from error
    method.config = plan.config
    return method
