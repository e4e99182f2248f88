"""Whether scheduler and workers have what this process has, which is asked before they get any work.

Dask lets a worker that cannot read a task leave the cluster, and the client then waits for ever.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from typing import Any

from downbench.errors import DownbenchWarning, UserError
from downbench.files import digest_json
from downbench.plugins.inventory import builtin_sources
from downbench.version import __version__

SAME = "install the same releases and sources on all machines, and start scheduler and workers again"
SILENCE = 20.0  # seconds that a worker may take to answer before it is told of
_SHOWN = 8  # digits of a digest


@cache
def release() -> str:
    """What this process has of all that machines must have in common, when it was first asked."""
    sources = builtin_sources()
    source = f"+source-{digest_json(sources)[:_SHOWN]}" if sources else ""
    return f"downbench {__version__}{source} with dask {_dask()} on {_python(sys.version_info)}"


def _dask() -> str:
    return version("distributed")


def _python(numbers: Any) -> str:
    return f"Python {numbers[0]}.{numbers[1]}"


def refuse_scheduler(address: str, seconds: float) -> None:
    """Refuse a scheduler of another dask, which a client might not understand, and what is no scheduler.

    Args:
        address: of the scheduler.
        seconds: in which it has to answer.

    Raises:
        OSError: nobody answers.
        UserError: it has another dask, or is another kind of server: dask reads what that says as lengths
            and messages of its own, and fails in as many ways.
    """
    try:
        with ThreadPoolExecutor(1) as apart, _quiet():  # a notebook has a loop of its own in this thread
            kind, dask = apart.submit(asyncio.run, asyncio.wait_for(_server(address), seconds)).result()
    except OSError:
        raise
    except Exception as error:
        raise _no_scheduler(address, f"{type(error).__name__}: {error}") from error
    if kind != "Scheduler":
        raise _no_scheduler(address, f"it is a {kind}")
    if dask != _dask():
        raise UserError(f"the dask scheduler at {address} has dask {dask}, the client has {_dask()}", SAME)


async def _server(address: str) -> tuple[str, str | None]:
    """What kind of dask's servers answers, and the version that it has."""
    from distributed import rpc
    from distributed.security import Security

    async with rpc(address, connection_args=Security().get_connection_args("client")) as server:
        identity, versions = await server.identity(), await server.versions(packages=[])
    kind = "Scheduler" if "workers" in identity else identity["type"]
    return kind, versions["packages"].get("distributed")


def _no_scheduler(address: str, why: str) -> UserError:
    return UserError(
        f"what answers at {address} is no dask scheduler that this process can talk to ({why})",
        "`dask scheduler` prints its address; its dashboard and each worker have another port",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep dask from logging the traceback of a message that it cannot read."""
    logger = logging.getLogger("distributed.protocol.core")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def refuse_others(client: Any, address: str) -> None:
    """Refuse a scheduler or workers that lack downbench, or have another one, another dask or another Python.

    Raises:
        UserError: names the first of them.
    """
    try:
        there: Any = client.run_on_scheduler(release)
    except (ImportError, AttributeError) as error:
        there = error
    wrong = [f"the dask scheduler at {address} {_has(there)}"] if there != release() else []
    answers = _answers(client, address)
    others = {
        worker: answer
        for worker, answer in answers.items()
        if answer != release() and not isinstance(answer, OSError)  # it dies, and may be replaced
    }
    workers = client.scheduler_info(n_workers=-1)["workers"]  # all: some releases of dask tell of five
    wrong += [
        f"worker {workers[worker]['name']} on {workers[worker]['host']} {_has(answer)}"
        for worker, answer in others.items()
        if worker in workers
    ]
    if wrong:
        more = f"; {len(wrong) - 1} more differ from the client" if len(wrong) > 1 else ""
        raise UserError(f"{wrong[0]}, the client has {release()}{more}", SAME)


def _answers(client: Any, address: str) -> dict[str, Any]:
    """What each worker says to :func:`release`; one that is silent, as a stopped process is, is told of.

    Dask waits until the worker speaks again, or gives it up itself after some minutes.
    """
    with ThreadPoolExecutor(1) as apart:
        asked = apart.submit(client.run, release, on_error="return")
        try:
            return dict(asked.result(SILENCE))
        except TimeoutError:
            workers = client.scheduler_info(n_workers=-1)["workers"].values()
            silent = min(workers, key=lambda worker: worker["last_seen"], default=None)
            who = f"worker {silent['name']} on {silent['host']}" if silent else "a worker"
            warnings.warn(
                f"{who} has not answered for {SILENCE:g} s, and the dask scheduler at {address} waits for "
                "it; end that worker if it hangs",
                DownbenchWarning,
                stacklevel=3,
            )
            return dict(asked.result())


def _has(answer: Any) -> str:
    """What another process has, in words."""
    if isinstance(answer, BaseException):
        return f"cannot import what the client imports of downbench ({answer})"
    return f"has {answer}"
