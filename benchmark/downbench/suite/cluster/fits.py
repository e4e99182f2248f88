"""Fits of different runs on different workers of a cluster, each in a process of its own there.

A worker gets the names of a plan and writes the fit into the folder of runs, which all machines share. It
does one fit at a time, on its own device. A fit whose worker dies goes on at its last checkpoint on another
one; one whose client is gone is brought to its end, and is not done again.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from downbench.contracts.method import Method
from downbench.errors import DownbenchError, DownbenchWarning, RunFailed
from downbench.pipeline.apart.stage import work_apart
from downbench.pipeline.cluster.connection import connected
from downbench.pipeline.cluster.recipe import be_the_same, lacking, this_worker
from downbench.pipeline.cluster.tasks import error_of, explained
from downbench.pipeline.cluster.versions import release
from downbench.pipeline.cluster.waiting import as_they_end
from downbench.pipeline.cost import pick_device
from downbench.pipeline.fit import standing_fit
from downbench.pipeline.plan import Plan
from downbench.pipeline.plan_names import Names, names_of, options_of, plan_of
from downbench.pipeline.relay import Message, plain_error
from downbench.pipeline.relay import error_of as error_of_plain
from downbench.store.locks import locked

PATIENCE = 60.0  # seconds: a network disk remembers for a while what was not there
SHARED = "workers and client need the same folder of runs, on a disk that all of them see"
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")

Ended = tuple[Plan, DownbenchError | None]


def is_for_cluster(plan: Plan) -> bool:
    """Whether there is something to fit that is worth sending."""
    return plan.weights is None and plan.method_class.fit is not Method.fit and standing_fit(plan) is None


@contextmanager
def fits_on_cluster(address: str, plans: list[Plan]) -> Iterator[Iterator[Ended]]:
    """Have the workers of a scheduler fit, while the block does something else.

    Args:
        address: of the scheduler.
        plans: of runs, each with another fit.

    Yields:
        The plans whose fits have ended, each with why its fit failed, if it did, as they end.
    """
    if not plans:
        yield iter(())
        return
    with connected(address) as client:
        from downbench.suite.cluster.one_fit import FIT, OneFit

        client.register_plugin(OneFit())
        futures = {}
        for plan in plans:
            plan.directory.fit.mkdir(parents=True, exist_ok=True)
            names = names_of(plan, metrics=False, elsewhere=True)
            # what is fitted is sampled and scored first, so that results come early: fits have less priority
            options = {"pure": False, "resources": {FIT: 1}, "priority": -1}
            futures[client.submit(fit_here, release(), names, **options)] = plan
        _tell_of_no_room(client, address)
        yield _ended(client, futures, address)


def _tell_of_no_room(client: Any, address: str) -> None:
    """Warn where all workers were started without room for a fit: fits would wait without a word."""
    from downbench.suite.cluster.one_fit import FIT

    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    if workers and all(worker["resources"].get(FIT) == 0 for worker in workers):
        warnings.warn(
            f"no worker of {address} takes fits: all were started with --resources {FIT}=0; "
            "the fits wait for one that was not",
            DownbenchWarning,
            stacklevel=2,
        )


def _ended(client: Any, futures: dict[Any, Plan], address: str) -> Iterator[Ended]:
    from distributed import as_completed

    completed = as_completed(list(futures), loop=client.loop)
    for future in as_they_end(completed, client, address):
        plan = futures.pop(future)
        failure = _failure(plan, future, address)
        future.release()  # or it is done again when its worker dies, and waits there for who samples it now
        yield plan, failure


def _failure(plan: Plan, future: Any, address: str) -> DownbenchError | None:
    if future.status != "finished":
        error = explained(error_of(future, address), address)
        return error if isinstance(error, DownbenchError) else RunFailed(str(error))
    result = future.result()
    if "error" in result:
        return error_of_plain(result["error"])
    end = time.monotonic() + PATIENCE
    while standing_fit(plan) is None:
        if time.monotonic() > end:
            return RunFailed(
                f"{result['worker']} has fitted {plan.info.name}, but nothing stands in {plan.directory.fit}",
                SHARED,
            )
        time.sleep(1)
    return None


def fit_here(wanted: str, names: Names) -> Message:
    """On a worker: fit, unless that is done already; what went wrong is returned as text."""
    try:
        _fit(wanted, names)
    except Exception as error:
        return {"worker": this_worker(), "error": plain_error(error)}
    return {"worker": this_worker()}


def _fit(wanted: str, names: Names) -> None:
    be_the_same(wanted, options_of(names["plugins"]))
    try:
        plan = plan_of(names)
        plan = replace(plan, device=pick_device(plan.wanted_device))
    except DownbenchError as error:
        raise lacking(error) from error
    if not plan.directory.fit.is_dir():
        raise RunFailed(
            f"{this_worker()} does not see the folder of runs {plan.runs}",
            SHARED,
        )
    if standing_fit(plan) is not None:
        return  # whoever samples it may hold the lock, and wait for this worker
    with locked(plan.directory.fit):
        if standing_fit(plan) is None:
            work_apart(plan, "fit", **dict.fromkeys(_THREADS, str(_threads())))


def _threads() -> int:
    """Threads of this worker, all of which a fit may use."""
    from distributed import get_worker

    try:
        return int(get_worker().state.nthreads)
    except ValueError:  # not on a worker
        return 1
