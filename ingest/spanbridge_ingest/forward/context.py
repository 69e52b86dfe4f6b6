"""Log records remembered for the spans that they belong to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from spanbridge_ingest.forward.options import ForwardLimits
from spanbridge_ingest.forward.records import Logs, logs_by_trace


@dataclass(slots=True)
class _Remembered:
    logs: Logs
    size: int
    until: float


class LogContext:
    """The log records of recent traces; the oldest are forgotten for time or for bytes."""

    def __init__(self, limits: ForwardLimits) -> None:
        self._limits = limits
        self._traces: OrderedDict[bytes, _Remembered] = OrderedDict()
        self._bytes = 0

    def add(self, request: Logs, now: float) -> None:
        """Remember the records that name a trace."""
        until = now + self._limits.context_s
        for trace_id, logs in logs_by_trace(request).items():
            size = logs.ByteSize()
            known = self._traces.setdefault(trace_id, _Remembered(Logs(), 0, until))
            known.logs.MergeFrom(logs)
            known.size += size
            known.until = until
            self._bytes += size
            self._traces.move_to_end(trace_id)
        self._forget(now)

    def of(self, trace_ids: Iterable[bytes]) -> list[Logs]:
        """What is remembered of these traces."""
        found = (self._traces.get(trace_id) for trace_id in trace_ids)
        return [known.logs for known in found if known is not None]

    def _forget(self, now: float) -> None:
        while self._traces:
            oldest = next(iter(self._traces.values()))
            if oldest.until > now and self._bytes <= self._limits.context_bytes:
                return
            self._bytes -= oldest.size
            self._traces.popitem(last=False)
