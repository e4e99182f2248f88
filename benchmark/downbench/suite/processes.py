"""Fitting in several processes at once, started by torchrun or a cluster's scheduler.

Every process runs the same command. All of them fit what is distributed; then the first one alone samples,
scores and reports, and the others end.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from downbench.contracts.method import ALONE, FitContext, Processes
from downbench.errors import DownbenchError
from downbench.guard import running
from downbench.pipeline.fit import fit
from downbench.pipeline.plan import Plan
from downbench.pipeline.training_data import training_data
from downbench.store.locks import locked


def fit_together(plans: Iterable[Plan], processes: Processes) -> dict[Path, DownbenchError]:
    """Fit every plan whose method is distributed, in this process together with the others.

    Returns:
        Why fits failed, by the directory of the fit. An error that is not downbench's own may have struck
        this process alone. It is raised, so that the launcher ends the others.
    """
    failures: dict[Path, DownbenchError] = {}
    distributed = {
        plan.directory.fit: plan for plan in plans if plan.method_class.distributed and plan.weights is None
    }
    for directory, plan in distributed.items():
        try:
            _join(plan, processes) if processes.rank else _lead(plan, processes)
        except DownbenchError as error:
            failures[directory] = error
    return failures


def _lead(plan: Plan, processes: Processes) -> None:
    with locked(plan.directory.fit):
        fit(plan, processes)


def _join(plan: Plan, processes: Processes) -> None:
    """Help the first process, unless the model stands there; it cannot finish one without help."""
    if plan.directory.model.is_dir():
        return
    dataset = plan.frames.trained
    context = FitContext(
        seed=plan.method_seed,
        directory=plan.directory.checkpoints,
        device=plan.device,
        budget=plan.budget,
        factor=dataset.factor,
        time_factor=dataset.time_factor,
        coarse_is_mean=plan.frames.coarse_is_mean,
        processes=processes,
    )
    train, validation = training_data(dataset, plan.info)
    with running(f"method {plan.info.name!r}", plan.method_class):
        plan.method_class(plan.config).fit(train, validation, context)


def started_processes() -> Processes:
    """The processes that this one was started with, from torchrun's or SLURM's variables."""
    for rank, count, per_node in (
        ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE"),
        ("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS_PER_NODE"),
    ):
        if rank in os.environ and count in os.environ:
            world = int(os.environ[count])
            nodes = int(os.environ.get("SLURM_STEP_NUM_NODES", 1))
            return Processes(int(os.environ[rank]), world, int(os.environ.get(per_node, world // nodes)))
    return ALONE
