"""The fit stage."""

from __future__ import annotations

import shutil

from downbench.contracts.method import ALONE, FitContext, Processes
from downbench.files import atomic_directory
from downbench.models.model_card import write_card
from downbench.models.model_damage import card_digest
from downbench.run.cost import COST_LOST, NOT_FITTED, device_facts, measured
from downbench.run.plan import Plan
from downbench.run.progress import progress_bar
from downbench.store.record import FitRecord, write_record
from downbench.store.record_parts import Cost
from downbench.store.run_directory import FIT, LOG
from downbench.store.stages import read_stage


def fit(plan: Plan, processes: Processes = ALONE) -> tuple[FitRecord, bool]:
    """Fit the method unless a finished fit stands there, in this process or as the first of several.

    Returns:
        The record of the fit, and whether it stood there already.
    """
    path = plan.directory.fit / FIT
    done = read_stage(path, FitRecord, plan.directory.model)
    if done is not None:
        return done, True
    if plan.directory.model.is_dir():  # renamed into place whole, killed before its fit.json
        return _finish(plan, _record(plan, NOT_FITTED if plan.weights else COST_LOST)), True
    if plan.weights is not None:
        with atomic_directory(plan.directory.model) as temporary:
            plan.weights.copy_to(temporary)
        return _finish(plan, _record(plan, NOT_FITTED)), False
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
    record = _record(plan, Cost(**cost))
    with atomic_directory(plan.directory.model) as temporary:
        method.save(temporary)
        log = plan.directory.checkpoints / LOG
        if log.is_file():
            shutil.copy(log, temporary / log.name)
        write_card(temporary, method, record, train, validation)
    record = _finish(plan, record)
    shutil.rmtree(plan.directory.checkpoints, ignore_errors=True)
    return record, False


def _finish(plan: Plan, record: FitRecord) -> FitRecord:
    """Write the record of a fit whose model stands there, with the digest of the model's card."""
    record = record.model_copy(update={"model": card_digest(plan.directory.model)})
    write_record(plan.directory.fit / FIT, record)
    return record


def _record(plan: Plan, cost: Cost) -> FitRecord:
    return FitRecord(
        key=plan.directory.fit_key,
        method=plan.method_part(),
        dataset=plan.dataset_part(),
        seed=plan.seed,
        budget=plan.budget,
        device=device_facts(plan.device),
        cost=cost,
    )
