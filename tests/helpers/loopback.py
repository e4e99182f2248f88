"""A web server on this machine for tests of fetching: with ranges, and with faults on demand."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

PAGE = b"<!DOCTYPE html><html><body>Please log in</body></html>"


@dataclass
class Loopback:
    """A running server.

    Args:
        root: folder that it serves.
        url: of that folder.
        faults: path to what happens at its next requests: ``drop`` cuts the answer in half, ``error`` is a
            status of 503, ``page`` is HTML with status 200, ``stall`` waits longer than tests do.
        asked: method, path and first byte of every request.
    """

    root: Path
    url: str = ""
    faults: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve(root: Path) -> Iterator[Loopback]:
    """Serve a folder for the length of the block."""
    state = Loopback(root)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            name = unquote(self.path).lstrip("/")
            ranged = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            state.asked.append((self.command, name, int(ranged[1]) if ranged else 0))
            left = state.faults.get(name, [])
            fault = left.pop(0) if left and body else ""
            path = root / name
            if fault == "error" or not path.is_file():
                self._send(503 if fault else 404, b"", 0, body)
                return
            if fault == "stall":
                state.ended.wait(30)
                self.close_connection = True
                return
            data = PAGE if fault == "page" else path.read_bytes()
            if not ranged or fault == "page":
                self._send(200, data, len(data) // 2 if fault == "drop" else len(data), body)
                return
            first, last = int(ranged[1]), min(int(ranged[2] or len(data)), len(data) - 1)
            part = data[first : last + 1]
            head = {"Content-Range": f"bytes {first}-{last}/{len(data)}"}
            self._send(206, part, len(part) // 2 if fault == "drop" else len(part), body, head)

        def _send(self, status: int, data: bytes, sent: int, body: bool, more: dict | None = None) -> None:
            self.send_response(status)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(data)))
            for key, value in (more or {}).items():
                self.send_header(key, value)
            self.end_headers()
            if body:
                self.wfile.write(data[:sent])
                self.close_connection = sent < len(data)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            state.ended.set()
            server.shutdown()
            thread.join()
