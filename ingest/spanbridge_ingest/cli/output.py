"""Where output goes: results to stdout, everything else to stderr, colours only on a terminal."""

from __future__ import annotations

import os
import sys

import orjson
from rich.console import Console

_PIPED_WIDTH = 160
"""Columns when nobody's terminal says: wide enough to cut no name that matters."""


def console(*, stderr: bool = False) -> Console:
    """A console on stdout or stderr as it is now; colours follow the terminal and NO_COLOR."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else _PIPED_WIDTH
    return Console(file=stream, width=width, highlight=False, emoji=False, markup=False)


def counted(number: int, what: str) -> str:
    """A number of things in words: ``1 span``, ``2,000 spans``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def print_json(document: object) -> None:
    """Write a document to stdout as JSON for programs: UTF-8, indented, no colours."""
    data = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
