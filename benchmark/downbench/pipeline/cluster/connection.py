"""The way to a cluster of dask.distributed: whether it was asked for rightly, and whether it answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from downbench.errors import UserError
from downbench.files import read_json
from downbench.missing import no_such
from downbench.pipeline.cluster.versions import refuse_others, refuse_scheduler

CONNECT_SECONDS = 10
_WITH_PORT = ("tcp", "tls", "ws", "wss")  # protocols whose addresses are a host and a port


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


def address_in(file: Path) -> str:
    """The address in a scheduler's file, which the scheduler may be about to write.

    Raises:
        UserError: it is not there after a while, or is none. Dask would wait for it for ever.
    """
    end = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            return str(read_json(file)["address"])
        except (ValueError, KeyError) as error:
            wrong = error
        if time.monotonic() > end:
            break
        time.sleep(0.1)
    if not file.exists():
        raise no_such(file, "--scheduler", f"`dask scheduler --scheduler-file {file}` writes it")
    why = "it has no address" if isinstance(wrong, KeyError) else wrong
    raise UserError(f"--scheduler {file} is not the file of a dask scheduler: {why}")


def check_address(address: str) -> None:
    """Refuse what can be no scheduler's address: dask's client would leave a traceback behind.

    Raises:
        UserError: says what is wrong with it.
    """
    from distributed.comm.addressing import parse_address, parse_host_port
    from distributed.comm.registry import get_backend

    try:
        protocol, place = parse_address(address)
        get_backend(protocol)
        if protocol not in _WITH_PORT:
            return
        host, port = parse_host_port(place)
        if not host or not 0 < int(port) < 2**16:
            raise ValueError(f"{'port' if host else 'host'} missing or out of range")
    except ValueError as error:
        raise UserError(
            f"{address!r} is not the address of a dask scheduler: {error}",
            "`dask scheduler` prints its address, as tcp://host:8786",
        ) from None


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a scheduler that has workers, by its address or its scheduler file; yields its client.

    Raises:
        UserError: distributed is not installed, the file or the address is none, nobody answers, there is no
            worker, or the scheduler or a worker has another release than this process.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UserError(
            "--engine dask needs the package distributed", "pip install 'downbench[dask]'"
        ) from None
    # What it logs when a scheduler goes away is a traceback; the error below says it in one message.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    where = address_in(Path(address)) if address.endswith(".json") else address
    check_address(where)
    try:
        refuse_scheduler(where, CONNECT_SECONDS)
        # Not the default client: lazy fields that this process reads stay in this process.
        client = Client(where, timeout=CONNECT_SECONDS, set_as_default=False)
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
        refuse_others(client, address)
        yield client
    finally:
        client.close()
