"""The command ``bench``: start-up, global options, and its subcommands."""

from __future__ import annotations

import errno
import functools
import json
import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer

from downbench.cli.docstrings import help_text
from downbench.cli.global_options import split_options
from downbench.cli.help import MainGroup, PlainCommand, PlainGroup
from downbench.cli.meant import meant
from downbench.cli.reporting import report, show_tracebacks
from downbench.cli.stopping import stopped_by_signals
from downbench.cli.streams import lost_output, protect_streams, stdout_kept_clean
from downbench.cli.watching import run_watched
from downbench.errors import DownbenchWarning, UserError, each_once
from downbench.isolation.allocator import share_one_arena
from downbench.plugins.registry import Registration
from downbench.plugins.session import configure, registry
from downbench.version import __version__

COMMANDS = {
    "list": "downbench.cli.commands.list:list_plugins",
    "show": "downbench.cli.commands.show:show",
    "run": "downbench.cli.commands.run:run",
    "submit": "downbench.cli.commands.submit:submit",
    "validate": "downbench.cli.commands.validate:validate",
    "template": "downbench.cli.commands.template:template",
    "apply": "downbench.cli.commands.apply:apply",
    "score": "downbench.cli.commands.score:score",
    "compare": "downbench.cli.commands.compare:compare",
    "export": "downbench.cli.commands.export:export",
    "import": "downbench.cli.commands.import_archives:import_archives",
    "reference": "downbench.cli.commands.reference:reference",
    "weights": "downbench.cli.commands.weights:weights",
    "study": "downbench.cli.commands.study:study",
    "verify": "downbench.cli.commands.verify:verify",
    "check": "downbench.cli.commands.check:check",
    "plugins": "downbench.cli.commands.plugins:plugins",
    "doctor": "downbench.cli.commands.doctor:doctor",
    "schema": "downbench.cli.commands.schema:schema",
    "new": "downbench.cli.commands.new:new",
}
EPILOG = (
    "The options --plugin, --no-plugins, --locked [FILE] and --debug may stand anywhere on the line. The "
    "environment variable DOWNBENCH_PLUGINS=a,b allows only the plug-in distributions that it names.\n\n"
    "\b\nExample:\n  bench run --method ofdiff --dataset xshield --preset smoke\n\n"
    "`bench COMMAND --help` shows the options of a command and an example."
)


def _command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Print what a command returns as JSON when ``--json`` is given; nothing else then reaches stdout.

    A command returns its payload, or ``(payload, exit code)``.
    """

    @functools.wraps(function)
    def wrapped(**arguments: Any) -> None:
        try:
            code = _call(function, arguments)
        except KeyboardInterrupt as stop:  # typer would swallow it without a word
            code = report(stop)
        if code:
            raise typer.Exit(code)

    return wrapped


def _call(function: Callable[..., Any], arguments: dict[str, Any]) -> int:
    _check_working_folder()
    if not arguments.get("json"):
        return _split(function(**arguments))[1]
    with stdout_kept_clean() as stdout:
        payload, code = _split(function(**arguments))
        stdout.write(json.dumps(payload, indent=1, allow_nan=False) + "\n")
    return code


def _check_working_folder() -> None:
    try:
        Path.cwd()
    except OSError:
        raise UserError(
            "the working folder does not exist any more", "change to another folder and try again"
        ) from None


def _split(result: Any) -> tuple[Any, int]:
    return result if isinstance(result, tuple) else (result, 0)


def _examples(function: Callable[..., Any]) -> str | None:
    """The examples of the module that a command stands in, one a line, as they are."""
    return _lines_of(import_module(function.__module__))


def _lines_of(module: ModuleType) -> str | None:
    examples = getattr(module, "EXAMPLES", ())
    if not examples:
        return None
    title = "Example:" if len(examples) == 1 else "Examples:"
    return "\b\n" + "\n".join([title, *(f"  {line}" for line in examples)])


def build_app(arguments: list[str]) -> typer.Typer:
    """Put the commands together; a plug-in's command is imported only when it is the one asked for."""
    app = typer.Typer(
        name="bench",
        cls=MainGroup,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(epilog=EPILOG, invoke_without_command=True)(_bench)
    for name, target in COMMANDS.items():
        module, attribute = target.split(":")
        _add(app, name, getattr(import_module(module), attribute))
    for entry in registry().commands():
        if entry.info.name in COMMANDS:
            continue
        if arguments[:1] == [entry.info.name]:
            _add_loaded(app, entry)
        else:
            app.command(entry.info.name, help=f"{entry.info.title}.")(lambda: None)
    return app


def _add(app: typer.Typer, name: str, function: Callable[..., Any]) -> None:
    described = app.command(name, cls=PlainCommand, help=help_text(function), epilog=_examples(function))
    described(_command(function))


def _add_loaded(app: typer.Typer, entry: Registration) -> None:
    """Add a plug-in's command; one that is a mapping has subcommands of these names."""
    loaded = entry.load()
    if not isinstance(loaded, Mapping):
        _add(app, entry.info.name, loaded)
        return
    module = import_module(entry.info.target.partition(":")[0])
    group = typer.Typer(cls=PlainGroup, no_args_is_help=True, rich_markup_mode=None)
    for name, function in loaded.items():
        _add(group, name, function)
    app.add_typer(group, name=entry.info.name, help=f"{entry.info.title}.", epilog=_lines_of(module))


def _bench(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
    plugin: Annotated[
        list[Path] | None,
        typer.Option("--plugin", metavar="FILE", help="Load a plug-in from a file; repeat it for more."),
    ] = None,
    no_plugins: Annotated[
        bool, typer.Option("--no-plugins", help="Load nothing but what is built in.")
    ] = False,
    locked: Annotated[
        bool,
        typer.Option(
            "--locked",
            help="Refuse plug-ins that differ from what downbench.lock, or the file after it, pins.",
        ),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Print the full traceback of an error.")] = False,
) -> None:
    """Benchmark methods of precipitation downscaling."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def _warn(text: str) -> None:
    print(f"warning: {text}", file=sys.stderr)


def main(argv: list[str]) -> int:
    """Run one command line.

    Returns:
        The exit code: 0 done, 1 a run failed, 2 the user's mistake, 128 plus the number of the signal where
        one interrupted the command (130 for Ctrl-C).
    """
    with warnings.catch_warnings(), stopped_by_signals():
        try:
            return _run(argv)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        except (Exception, KeyboardInterrupt) as error:
            return report(error)


def _run(argv: list[str]) -> int:
    show_tracebacks("--debug" in argv)
    options, arguments = split_options(argv)
    show_tracebacks(options.debug)
    configure(options.plugins, options.no_plugins)
    if options.lock is not None:
        from downbench.plugins.lock import check_lock

        check_lock(options.lock)
    if not options.debug:
        warnings.showwarning = each_once(_warn)
        warnings.simplefilter("once", DownbenchWarning)
    with stdout_kept_clean("--json" in arguments):
        app = build_app(arguments)
    try:
        code = app(arguments, prog_name="bench", standalone_mode=False)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return _misused(error, arguments)
    return code if isinstance(code, int) else 0


def _misused(error: Any, arguments: list[str]) -> int:
    """Tell a mistake of usage as click reports it, with what may be meant."""
    error.show()
    if hint := meant(error, arguments):
        print(f"  {hint}", file=sys.stderr)
    return int(error.exit_code)


def run() -> None:
    """Entry point of ``bench``."""
    share_one_arena()
    protect_streams()
    code = run_watched(sys.argv[1:], main)
    if error := lost_output():
        if error.errno != errno.EPIPE:  # `bench list | head` is not a mistake
            print(f"error: the output could not be written: {error.strerror}", file=sys.stderr)
        code = code or 1
    sys.exit(code)


if __name__ == "__main__":
    run()
