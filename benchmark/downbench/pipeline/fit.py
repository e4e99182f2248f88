"""The fit stage."""

from __future__ import annotations

import shutil
from pathlib import Path

from downbench.contracts.method import ALONE, FitContext, Method, Processes
from downbench.errors import RunFailed
from downbench.files import atomic_directory
from downbench.guard import defined_at, running
from downbench.models.model_card import write_card
from downbench.models.model_damage import card_digest
from downbench.models.pickles import SAFE, pickles_in
from downbench.pipeline.cost import COST_LOST, NOT_FITTED, device_facts, measured
from downbench.pipeline.plan import Plan
from downbench.pipeline.progress import progress_bar
from downbench.pipeline.training_data import training_data
from downbench.store.record import FitRecord, write_record
from downbench.store.record_parts import Cost
from downbench.store.run_directory import FIT, LOG
from downbench.store.stages import read_stage


def fit(plan: Plan, processes: Processes = ALONE) -> tuple[FitRecord, bool]:
    """Fit the method unless a finished fit stands there, in this process or as the first of several.

    Returns:
        The record of the fit, and whether it stood there already.
    """
    done = standing_fit(plan)
    if done is not None:
        return done, True
    if plan.weights is not None:
        with atomic_directory(plan.directory.model) as temporary:
            plan.weights.copy_to(temporary)
        return _finish(plan, _record(plan, NOT_FITTED)), False
    dataset = plan.frames.trained
    plan.directory.checkpoints.mkdir(parents=True, exist_ok=True)
    what, code = f"method {plan.info.name!r}", plan.method_class
    with running(what, code):
        method = code(plan.config)
    with progress_bar(f"fit    {plan.label}") as progress, measured() as cost:
        context = FitContext(
            seed=plan.method_seed,
            directory=plan.directory.checkpoints,
            device=plan.device,
            progress=progress,
            budget=plan.budget,
            factor=dataset.factor,
            time_factor=dataset.time_factor,
            coarse_is_mean=plan.frames.coarse_is_mean,
            processes=processes,
        )
        train, validation = training_data(dataset, plan.info)
        with running(what, code):
            method.fit(train, validation, context)
    record = _record(plan, Cost(**cost))
    with atomic_directory(plan.directory.model) as temporary:
        _save(method, what, temporary)
        log = plan.directory.checkpoints / LOG
        if log.is_file():
            shutil.copy(log, temporary / log.name)
        write_card(temporary, method, record, train, validation)
    record = _finish(plan, record)
    shutil.rmtree(plan.directory.checkpoints, ignore_errors=True)
    return record, False


def standing_fit(plan: Plan) -> FitRecord | None:
    """The record of a finished fit; None where there is none."""
    done = read_stage(plan.directory.fit / FIT, FitRecord, plan.directory.model)
    if done is None and plan.directory.model.is_dir():  # renamed into place whole, killed before its fit.json
        done = _finish(plan, _record(plan, NOT_FITTED if plan.weights else COST_LOST))
    return done


def _finish(plan: Plan, record: FitRecord) -> FitRecord:
    """Write the record of a fit whose model stands there, with the digest of the model's card."""
    record = record.model_copy(update={"model": card_digest(plan.directory.model)})
    write_record(plan.directory.fit / FIT, record)
    return record


def _save(method: Method, what: str, directory: Path) -> None:
    """Have a method write what it has fitted, and see that it can be restored before the fit counts as done.

    Raises:
        RunFailed: the method's code fails, or writes nothing or a pickle.
    """
    code = type(method)
    with running(what, code):
        method.save(directory)
    if not any(directory.iterdir()):
        raise RunFailed(
            f"{what}: save() wrote nothing ({defined_at(code.save)})",
            "call super().save(directory), which keeps the configuration, and write what was fitted too",
        )
    if pickles := pickles_in(directory):
        raise RunFailed(
            f"{what}: save() wrote the pickle {pickles[0].name!r} ({defined_at(code.save)})", SAFE
        )
    with running(what, code):
        code.load(directory)


def _record(plan: Plan, cost: Cost) -> FitRecord:
    return FitRecord(
        key=plan.directory.fit_key,
        method=plan.method_part(),
        dataset=plan.dataset_part(trained=True),
        seed=plan.seed,
        budget=plan.budget,
        device=device_facts(plan.device),
        cost=cost,
    )
