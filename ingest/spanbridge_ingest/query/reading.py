"""Asking a store: the one narrow port that reading needs, and the SQL in ``sql/``."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final, Protocol

from spanbridge_ingest.query.errors import BadQueryError

RESULT_TOO_LARGE: Final = 396
"""The engine's number for an answer over a limit."""

_TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")
_MLFLOW_PREFIX: Final = "tr-"


class Reader(Protocol):
    """What is needed of a :class:`~spanbridge_ingest.store.base.Store`."""

    def query(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[object, ...]]:
        """Run a read-only SELECT with bound ``{name:Type}`` parameters."""


@functools.cache
def _sql(name: str) -> str:
    return (files("spanbridge_ingest.query") / "sql" / f"{name}.sql").read_text("utf-8")


def ask(
    store: Reader, name: str, *, most_bytes: int = 0, **parameters: object
) -> list[tuple[Any, ...]]:
    """The rows of ``sql/<name>.sql`` with these parameters.

    ``most_bytes`` is how much the engine may answer, in its own memory; 0 is any.

    Raises:
        StoreError: the store did not answer; with the code ``RESULT_TOO_LARGE`` it would have been
            more.
    """
    sql = _sql(name)
    if most_bytes:
        # Servers before 26.7 take no parameters here.
        sql += f"SETTINGS max_result_bytes = {most_bytes:d}, result_overflow_mode = 'throw'\n"
    database = getattr(store, "database", "default")
    return store.query(sql, {"database": database, **parameters})


def valid_trace_id(text: str) -> str:
    """A trace id in lower case; MLflow's ``tr-`` in front of it is taken off.

    Raises:
        BadQueryError: it is not 32 hex digits.
    """
    trace_id = text.lower().removeprefix(_MLFLOW_PREFIX)
    if _TRACE_ID.fullmatch(trace_id) is None:
        raise BadQueryError("the trace id is malformed", "a trace id is 32 hex digits")
    return trace_id
