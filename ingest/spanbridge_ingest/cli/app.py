"""The ``spanbridge`` command as a program: how errors and exit codes come out.

Exit codes: 0 done; 1 it could not be done; 2 the command line or a setting is wrong; 130 stopped
by Ctrl-C. An error is one line on stderr that says what to do; ``--debug`` adds the traceback.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Sequence

import typer

from spanbridge_ingest.cli.commands import app
from spanbridge_ingest.errors import ConfigError, SpanbridgeError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (``sys.argv`` unless given) and return the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    # What the client of ClickHouse logs of a failed connection, the error says too.
    logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())
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
        hint = getattr(error, "hint", "")
        # What points at a place in a text has lines of its own.
        between = "\n" if "\n" in str(error) else "; "
        _say(f"{error}{between}{hint}" if hint else str(error))
        return EXIT_USAGE if isinstance(error, ConfigError) else EXIT_FAILED
    if isinstance(error, OSError):
        _say(str(error))
        return EXIT_FAILED
    _say(f"unexpected {type(error).__name__}: {error} (`spanbridge --debug ...` shows where)")
    return EXIT_FAILED


def _say(message: str) -> None:
    typer.echo(f"{typer.style('error:', fg='red')} {message.strip()}", err=True)
