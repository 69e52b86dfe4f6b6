"""The ``spanbridge`` command: its sub-commands, and how errors and exit codes come out.

Exit codes: 0 done; 1 it could not be done; 2 the command line or a setting is wrong; 130 stopped
by Ctrl-C. An error is one line on stderr that says what to do; ``--debug`` adds the traceback.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version as distribution_version
from typing import Annotated

import typer

from spanbridge_ingest.cli import demo, load, schema, serve, settings, traces
from spanbridge_ingest.errors import ConfigError, SpanbridgeError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="spanbridge",
    help="GenAI traces in any dialect, one schema, your own ClickHouse.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("load")(load.load)
app.add_typer(traces.app, name="traces")
app.add_typer(schema.app, name="schema")
app.command("demo")(demo.demo)
app.command("settings")(settings.settings)


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
) -> None:
    """GenAI traces in any dialect, one schema, your own ClickHouse."""


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"spanbridge {distribution_version('spanbridge')}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (``sys.argv`` unless given) and return the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        result = app(arguments or ["--help"], prog_name="spanbridge", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except BrokenPipeError:
        # The reader of our output, such as `head`, has seen enough. Python would complain about
        # the rest of the buffer at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:
        if "--debug" in arguments:
            traceback.print_exc()
        return _report(error)


def _report(error: Exception) -> int:
    if isinstance(error, typer.TyperException):
        _say(f"{error.format_message()} (`spanbridge --help` shows how)")
        return error.exit_code
    if isinstance(error, typer.Abort):
        return EXIT_INTERRUPTED
    if isinstance(error, SpanbridgeError):
        _say(str(error))
        return EXIT_USAGE if isinstance(error, ConfigError) else EXIT_FAILED
    if isinstance(error, OSError):
        _say(str(error))
        return EXIT_FAILED
    _say(f"unexpected {type(error).__name__}: {error} (`spanbridge --debug ...` shows where)")
    return EXIT_FAILED


def _say(message: str) -> None:
    line = " ".join(message.split())
    typer.echo(f"{typer.style('error:', fg='red')} {line}", err=True)
