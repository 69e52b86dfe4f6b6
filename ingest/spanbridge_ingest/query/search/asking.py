"""Running the queries of one search within its bounds of time and memory."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any, Final

from spanbridge_ingest.errors import StoreError
from spanbridge_ingest.query.errors import TooMuchError
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.query.search.compare import Parameters

MAX_SECONDS: Final = 30
MAX_BYTES: Final = 2 << 30
"""Memory of one query in the engine."""

_CANNOT_COMPILE_REGEXP: Final = 427
_TIMEOUT_EXCEEDED: Final = 159
_MEMORY_LIMIT_EXCEEDED: Final = 241
_NARROWER: Final = "narrow it by time, such as timestamp_ms > ..., or by what fewer traces have"


class Asking:
    """The store, for the length of one search."""

    def __init__(self, store: Reader, max_seconds: float = MAX_SECONDS) -> None:
        self._store = store
        self._database = str(getattr(store, "database", "default"))
        self._max_seconds = max_seconds
        self._until = time.monotonic() + max_seconds

    def parameters(self) -> Parameters:
        """Parameters for a query, none yet."""
        return Parameters(self._database)

    def rows(self, sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        """The rows of a SELECT.

        Raises:
            TooMuchError: the search took too long, or a query too much memory.
            StoreError: the store failed.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise self._too_long()
        # Constants and numbers of our own: nothing of the client's stands in the text.
        limits: Mapping[str, object] = {
            "max_execution_time": math.ceil(left * 10) / 10,
            "max_memory_usage": MAX_BYTES,
            "join_use_nulls": 1,
        }
        clause = ", ".join(f"{name} = {value}" for name, value in limits.items())
        try:
            return self._store.query(f"{sql} SETTINGS {clause}", parameters.values)
        except StoreError as error:
            if error.code == _TIMEOUT_EXCEEDED:
                raise self._too_long() from error
            if error.code == _MEMORY_LIMIT_EXCEEDED:
                raise TooMuchError("the search needs too much memory", _NARROWER) from error
            raise

    def accepts_pattern(self, pattern: str) -> bool:
        """Whether the engine (RE2) takes a regular expression."""
        parameters = self.parameters()
        try:
            self.rows(f"SELECT match('', {parameters.bind(pattern, 'String')})", parameters)
        except StoreError as error:
            if error.code == _CANNOT_COMPILE_REGEXP:
                return False
            raise
        return True

    def _too_long(self) -> TooMuchError:
        return TooMuchError(f"the search took more than {self._max_seconds:g} s", _NARROWER)
