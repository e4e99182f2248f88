"""The command ``bench``: start-up, global options, and how errors reach the user."""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from downbench.errors import DownbenchError, DownbenchWarning, UserError
from downbench.plugins.session import configure, registry
from downbench.version import __version__

COMMANDS = {
    "list": "downbench.cli.list:list_plugins",
    "show": "downbench.cli.show:show",
    "run": "downbench.cli.run:run",
    "apply": "downbench.cli.apply:apply",
    "score": "downbench.cli.score:score",
    "compare": "downbench.cli.compare:compare",
    "study": "downbench.cli.study:study",
    "verify": "downbench.cli.verify:verify",
    "doctor": "downbench.cli.doctor:doctor",
    "schema": "downbench.cli.schema:schema",
}
EPILOG = (
    "Anywhere on the line: --plugin FILE loads a plug-in file, --no-plugins leaves only the built-ins, "
    "--debug shows tracebacks. DOWNBENCH_PLUGINS=a,b allows only those plug-in distributions."
)


def _global_options(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Take the options that count for every command, wherever they stand."""
    parser = argparse.ArgumentParser(prog="bench", add_help=False, allow_abbrev=False)
    parser.add_argument("--plugin", action="append", type=Path, default=[])
    parser.add_argument("--no-plugins", action="store_true")
    parser.add_argument("--debug", action="store_true")
    return parser.parse_known_args(arguments)


@contextmanager
def _stdout_kept_clean(wanted: bool = True) -> Iterator[Any]:
    """Send everything printed to stderr, also from C code and children; yield the real stdout."""
    if not wanted:
        yield sys.stdout
        return
    sys.stdout.flush()
    real = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr), os.fdopen(real, "w", encoding="utf-8", closefd=False) as stream:
            yield stream
    finally:
        sys.stdout.flush()
        os.dup2(real, 1)
        os.close(real)


def _command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Print what a command returns as JSON when ``--json`` is given; nothing else then reaches stdout.

    A command returns its payload, or ``(payload, exit code)``.
    """

    @functools.wraps(function)
    def wrapped(**arguments: Any) -> None:
        if arguments.get("json"):
            with _stdout_kept_clean() as stdout:
                payload, code = _split(function(**arguments))
                stdout.write(json.dumps(payload, indent=1, allow_nan=False) + "\n")
        else:
            _, code = _split(function(**arguments))
        if code:
            raise typer.Exit(code)

    return wrapped


def _split(result: Any) -> tuple[Any, int]:
    return result if isinstance(result, tuple) else (result, 0)


def _load(target: str) -> Callable[..., Any]:
    module, name = target.split(":")
    return _command(getattr(import_module(module), name))


def build_app(arguments: list[str]) -> typer.Typer:
    """Put the commands together; a plug-in's command is imported only when it is the one asked for."""
    app = typer.Typer(
        name="bench",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback(epilog=EPILOG, invoke_without_command=True)
    def main(version: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:
        """Benchmark precipitation downscaling methods."""
        if version:
            typer.echo(__version__)
            raise typer.Exit

    for name, target in COMMANDS.items():
        app.command(name)(_load(target))
    for entry in registry().commands():
        asked = arguments[:1] == [entry.info.name]
        function = _command(entry.load()) if asked else (lambda: None)
        if entry.info.name not in COMMANDS:
            app.command(entry.info.name, help=None if asked else entry.info.title)(function)
    return app


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if issubclass(category, DownbenchWarning):
        print(f"warning: {message}", file=sys.stderr)


def main(argv: list[str]) -> int:
    """Run one command line; exit codes: 0 done, 1 a run failed, 2 the user's mistake, 130 interrupted."""
    options, arguments = _global_options(argv)
    configure(tuple(options.plugin), options.no_plugins)
    with warnings.catch_warnings():
        if not options.debug:
            warnings.showwarning = _show_warning
            warnings.simplefilter("once", DownbenchWarning)
        try:
            with _stdout_kept_clean("--json" in arguments):
                app = build_app(arguments)
            app(arguments)
        except SystemExit as exit_:
            return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
        except DownbenchError as error:
            if options.debug:
                traceback.print_exc()
            print(f"error: {error}", file=sys.stderr)
            return 2 if isinstance(error, UserError) else 1
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return 130
    return 0


def run() -> None:
    """Entry point of ``bench``."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
