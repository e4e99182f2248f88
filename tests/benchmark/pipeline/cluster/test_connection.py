"""A cluster that cannot be reached, or was asked for by half, is refused before anything is computed."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from threading import Thread, Timer

import pytest
from folders import TOY

from downbench import UserError
from downbench.pipeline.cluster import connection

COMMAND = ["run", "-d", "toy", "-m", "noisy", "--no-controls", "--members", "3", "--json", "--plugin", TOY]


def test_nobody_answers(bench, monkeypatch):
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    result = bench(*COMMAND, "--engine", "dask", "--scheduler", address, code=2)
    assert f"no dask scheduler answers at {address}" in result.stderr
    assert not Path("runs").exists()  # found before anything is computed


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("ftp://there:1", "unknown address scheme 'ftp'"),
        ("there", "missing port number"),
        ("tcp://there:none", "invalid literal"),
        ("there:70000", "port missing or out of range"),
        ("tcp://:8786", "host missing or out of range"),
        ("a:b:c", "brackets"),
        ("", "missing port number"),
    ],
)
def test_what_can_be_no_address(address, why):
    """Dask's client would wait, and leave a traceback behind."""
    with pytest.raises(UserError, match=why) as error, connection.connected(address):
        pass
    assert f"{address!r} is not the address of a dask scheduler" in str(error.value)


@pytest.mark.parametrize("address", ["there:8786", "tls://[::1]:8786", "inproc://10.0.0.1/7/1"])
def test_what_may_be_an_address(address):
    connection.check_address(address)


@pytest.mark.parametrize(
    "says",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",  # read as a length of 3 EiB
        b"SSH-2.0-OpenSSH_9.6\r\n",
        bytes(100),
        (16).to_bytes(8, "little") + bytes([1]) * 100,  # a message that is none
    ],
)
def test_another_server_is_no_scheduler(says, caplog):
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=lambda: server.accept()[0].sendall(says), daemon=True)
        thread.start()
        with pytest.raises(UserError, match="is no dask scheduler"), connected(server):
            pass
    assert not caplog.records


def connected(server):
    host, port = server.getsockname()
    return connection.connected(f"tcp://{host}:{port}")


def test_a_worker_is_no_scheduler():
    from distributed import LocalCluster

    with LocalCluster(1, processes=False, dashboard_address=None, protocol="tcp") as cluster:
        address = cluster.workers[0].address
        with pytest.raises(UserError, match="it is a Worker"), connection.connected(address):
            pass


def test_no_workers(bench, monkeypatch):
    from distributed import LocalCluster

    monkeypatch.setattr(connection, "CONNECT_SECONDS", 1)
    with LocalCluster(n_workers=0, dashboard_address=None) as cluster:
        result = bench(*COMMAND, "--engine", "dask", "--scheduler", cluster.scheduler_address, code=2)
    assert "has no workers" in result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"--scheduler .*scheduler\.json does not exist"),
        ("{", "not the file of a dask scheduler: scheduler.json is damaged"),
        ("[]", "not the file of a dask scheduler: scheduler.json is damaged"),
        ('{"id": 1}', "not the file of a dask scheduler: it has no address"),
    ],
)
def test_a_file_that_is_none_of_a_scheduler(tmp_path, monkeypatch, text, message):
    """Distributed by itself waits for a file for ever, and dies of a damaged one."""
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.2)
    file = tmp_path / "scheduler.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UserError, match=message), connection.connected(str(file)):
        pass


def test_a_file_that_the_scheduler_is_about_to_write(tmp_path):
    file = tmp_path / "scheduler.json"
    Timer(0.3, lambda: file.write_text(json.dumps({"address": "tcp://there:1"}))).start()
    assert connection.address_in(file) == "tcp://there:1"


@pytest.mark.parametrize("options", [["--engine", "dask"], ["--scheduler", "tcp://localhost:1"]])
def test_engine_and_scheduler_go_together(bench, options):
    assert "go together" in bench(*COMMAND, *options, code=2).stderr
