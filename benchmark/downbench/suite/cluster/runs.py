"""A suite on a cluster: fits on its workers, and each run brought to its end as soon as its fit is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from downbench.errors import DownbenchError
from downbench.pipeline.plan import Plan
from downbench.pipeline.run import failed, run
from downbench.suite.cluster.fits import fits_on_cluster, is_for_cluster

Outcome = dict[str, Any]


def run_with_cluster(
    plans: list[Plan],
    scheduler: str,
    failures: Mapping[Path, DownbenchError],
    report: Callable[[Outcome], None],
    say: Callable[[str], None] = lambda text: None,
) -> list[Outcome]:
    """Bring all runs to their end, with the workers of a scheduler.

    Args:
        plans: of the runs.
        scheduler: its address.
        failures: why fits that several processes did together failed, by the directory of the fit.
        report: told each outcome as soon as it is there.
        say: told what the workers are about to do, which only they tell more of.

    Returns:
        The outcomes, in the order of the plans.
    """
    outcomes: dict[Path, Outcome] = {}

    def end(fit: Path, failure: DownbenchError | None) -> None:
        for plan in plans:
            if plan.directory.fit == fit:
                outcome = run(plan) if failure is None else failed(plan, failure)
                outcomes[plan.directory.score] = outcome
                report(outcome)

    sent = {
        plan.directory.fit: plan
        for plan in plans
        if plan.directory.fit not in failures and is_for_cluster(plan)
    }
    here = list(dict.fromkeys(plan.directory.fit for plan in plans if plan.directory.fit not in sent))
    with fits_on_cluster(scheduler, list(sent.values())) as ended:
        if sent:
            fits = "1 fit" if len(sent) == 1 else f"{len(sent)} fits"
            say(f"sent    {fits} to {scheduler}; each worker does one at a time, and prints how far it is")
        for fit in here:
            end(fit, failures.get(fit))
        for plan, failure in ended:
            end(plan.directory.fit, failure)
    return [outcomes[plan.directory.score] for plan in plans]
