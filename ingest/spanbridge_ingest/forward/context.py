"""Log records remembered for the spans that they belong to."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from spanbridge_ingest.forward.options import ForwardLimits
from spanbridge_ingest.forward.records import LogItem, Logs, logs_by_trace, logs_request

_RECORD_BYTES: Final = 256
"""What a record takes beyond its size, to be found again."""


class _Remembered(NamedTuple):
    trace_ids: list[bytes]
    size: int
    until: float


class LogContext:
    """The log records of recent requests; the oldest are forgotten for time or for bytes.

    Nothing is copied: a request is remembered as a whole, so its resource counts once.
    """

    def __init__(self, limits: ForwardLimits) -> None:
        self._limits = limits
        self._requests: deque[_Remembered] = deque()
        self._by_trace: defaultdict[bytes, deque[list[LogItem]]] = defaultdict(deque)
        self._bytes = 0

    def add(self, request: Logs, now: float) -> None:
        """Remember the records that name a trace."""
        kept, by_trace = logs_by_trace(request)
        if by_trace:
            size = kept.ByteSize() + _RECORD_BYTES * sum(map(len, by_trace.values()))
            self._bytes += size
            self._requests.append(_Remembered(list(by_trace), size, now + self._limits.context_s))
            for trace_id, items in by_trace.items():
                self._by_trace[trace_id].append(items)
        self._forget(now)

    def of(self, trace_ids: Iterable[bytes]) -> list[Logs]:
        """What is remembered of these traces."""
        found = [
            item
            for trace_id in trace_ids
            for items in self._by_trace.get(trace_id, ())
            for item in items
        ]
        return [logs_request(found)] if found else []

    def _forget(self, now: float) -> None:
        while self._requests:
            oldest = self._requests[0]
            if oldest.until > now and self._bytes <= self._limits.context_bytes:
                return
            self._requests.popleft()
            self._bytes -= oldest.size
            for trace_id in oldest.trace_ids:
                of_trace = self._by_trace[trace_id]
                of_trace.popleft()
                if not of_trace:
                    del self._by_trace[trace_id]
