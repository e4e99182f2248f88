"""The way to a cluster of dask.distributed: whether it was asked for rightly, and whether it answers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from downbench.errors import UserError

CONNECT_SECONDS = 10


def check_engine(engine: str, scheduler: str | None) -> None:
    """Refuse an engine that is not known, and an engine and an address that do not go together.

    Raises:
        UserError: says which.
    """
    if engine not in ("local", "dask"):
        raise UserError(f"{engine!r} is not an engine", "the engines are local and dask")
    if (engine == "dask") != (scheduler is not None):
        raise UserError(
            "--engine dask and --scheduler ADDRESS go together",
            "start a scheduler with `dask scheduler`; it prints its address, as tcp://host:8786",
        )


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a scheduler that has workers, by its address or its scheduler file; yields its client.

    Raises:
        UserError: distributed is not installed, or nobody answers, or there is no worker.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UserError(
            "--engine dask needs the package distributed", "pip install 'downbench[dask]'"
        ) from None
    # What it logs when a scheduler goes away is a traceback; the error below says it in one message.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        # Not the default client: lazy fields that this process reads stay in this process.
        where = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
        client = Client(**where, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"no dask scheduler answers at {address} ({type(error).__name__})",
            "start one with `dask scheduler`, and `dask worker ADDRESS` on each machine",
        ) from None
    try:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise UserError(
                f"the dask scheduler at {address} has no workers", f"start some with `dask worker {address}`"
            ) from None
        yield client
    finally:
        client.close()
