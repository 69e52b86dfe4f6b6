"""Logging of the service: one JSON object per line on stderr, quiet unless told otherwise."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

_LIBRARIES = {
    "asyncio": logging.WARNING,
    "clickhouse_connect": logging.ERROR,
    "grpc": logging.WARNING,
    "httpcore": logging.WARNING,
    "httpx": logging.WARNING,
    "urllib3": logging.ERROR,
    "uvicorn": logging.WARNING,
}
"""The least severity of libraries. At info they log every request; the clients of ClickHouse warn
of each attempt to connect, which the store reports itself."""


_SECRETIVE = frozenset({"grpc", "httpcore", "httpx"})
"""Libraries that stay at that severity when debugging: below it they log headers and bodies."""


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            if logging.getLogger().isEnabledFor(logging.DEBUG):
                line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(level: str) -> None:
    """Send log records of at least ``level`` to stderr.

    Tracebacks appear only when debugging, because an exception's text may quote data.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    handler.addFilter(_is_safe if level == "debug" else _is_wanted)


def _is_wanted(record: logging.LogRecord) -> bool:
    # On the handler, because some libraries set the level of loggers when they are imported.
    return record.levelno >= _LIBRARIES.get(_library(record), logging.NOTSET)


def _is_safe(record: logging.LogRecord) -> bool:
    return _library(record) not in _SECRETIVE or _is_wanted(record)


def _library(record: logging.LogRecord) -> str:
    return record.name.partition(".")[0]
