"""``bench serve``: the leaderboard of a folder of runs, built again when a run is added."""

from __future__ import annotations

import webbrowser
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

import typer

from downbench import DownbenchError, UserError, runs_state, scratch_folder
from downbench_leaderboard.command import build

EXAMPLES = (
    "bench serve runs",
    "bench serve runs --port 8100 --refresh 10",
    "bench serve --all-references",
)


class LiveSite:
    """A site in a temporary folder that is as new as its runs whenever it is asked for.

    Args:
        runs: folder of the runs.
        folder: to build in, empty.
        reference: show the references of the same frames among the runs.
        all_references: show those of all other frames too; then there need not be any runs.
    """

    def __init__(
        self, runs: Path, folder: Path, reference: bool = True, all_references: bool = False
    ) -> None:
        self.runs, self.site = runs, folder / "site"
        self.reference, self.all_references = reference, all_references
        self._state: object = None
        self._lock = Lock()

    def update(self) -> None:
        """Build the site anew if a record has come, gone or changed; a former one serves until then."""
        with self._lock:
            state = runs_state(self.runs)
            if state == self._state:
                return
            try:
                build(self.runs, self.site, self.reference, self.all_references)
            except DownbenchError:
                if not self.site.is_dir():
                    self.site.mkdir()
                    (self.site / "index.html").write_text("There are no runs yet. This page looks again.")
                return
            self._state = state


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, live: LiveSite, refresh: int, **options: Any) -> None:
        self._live, self._refresh = live, refresh
        super().__init__(*arguments, directory=str(live.site), **options)

    def do_GET(self) -> None:
        if self.path.partition("?")[0].endswith((".html", "/")):
            self._live.update()
        super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if self._refresh and self.path.partition("?")[0].endswith((".html", "/")):
            self.send_header("Refresh", str(self._refresh))  # the view is in the address, and so stays
        super().end_headers()

    def list_directory(self, path: Any) -> None:
        """Folders are not listed."""
        self.send_error(404)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Requests are nobody's business."""


def make_server(
    runs: Path,
    folder: Path,
    port: int = 0,
    refresh: int = 0,
    reference: bool = True,
    all_references: bool = False,
) -> ThreadingHTTPServer:
    """A server on this machine alone; its site is built at the first request for a page.

    Args:
        runs: folder of the runs.
        folder: to build in, empty.
        port: 0 takes a free one.
        refresh: seconds after which an open page loads itself anew; 0 is never.
        reference: show the references of the same frames among the runs.
        all_references: show those of all other frames too; then there need not be any runs.
    """
    live = LiveSite(runs, folder, reference, all_references)
    return ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, live=live, refresh=refresh))


def serve(
    runs: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of runs, or any folder in one.")] = Path(
        "runs"
    ),
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port; 0 takes a free one.")
    ] = 8000,
    refresh: Annotated[
        int,
        typer.Option(
            "--refresh",
            min=0,
            metavar="SECONDS",
            help="How often an open page looks for new runs; 0 is never.",
        ),
    ] = 30,
    reference: Annotated[
        bool,
        typer.Option("--reference/--no-reference", help="Show the references of the same frames among them."),
    ] = True,
    all_references: Annotated[
        bool,
        typer.Option("--all-references", help="Show those of all other frames too, on boards of their own."),
    ] = False,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Show the leaderboard of a folder of runs as it grows.

    The pages are on this machine alone, until Ctrl-C.

    Raises:
        UserError: no such folder, or the port is taken.
    """
    if not runs.is_dir() and not all_references:
        raise UserError(
            f"{runs} is not a folder",
            "give the folder that 'bench run' writes to; --all-references shows references without any run",
        )
    with scratch_folder("serve") as folder:
        try:
            server = make_server(runs, folder, port, refresh, reference, all_references)
        except OSError as error:
            raise UserError(
                f"port {port} cannot be used: {error.strerror}", "name another with --port"
            ) from error
        address = f"http://127.0.0.1:{server.server_port}/"
        print(f"{runs} at {address}  (Ctrl-C ends it)", flush=True)
        if open_page:
            webbrowser.open(address)
        with server:
            server.serve_forever()
