"""The logger provider that is made when the application has none."""

from __future__ import annotations

import copy
import logging
from collections.abc import Mapping
from typing import Final

from opentelemetry import _logs
from opentelemetry.context import Context
from opentelemetry.sdk._logs import (
    LoggerProvider,
    LogRecordProcessor,
    ReadableLogRecord,
    ReadWriteLogRecord,
)
from opentelemetry.sdk.resources import Resource

from spanbridge.pipeline import otlp
from spanbridge.pipeline.export_queue import length_of
from spanbridge.pipeline.outbox import Outbox
from spanbridge.pipeline.own_provider import queue_limits

_logger: Final = logging.getLogger("spanbridge")
_NO_CONTEXT: Final = Context()


class LogQueue(Outbox[ReadableLogRecord], LogRecordProcessor):
    """Sends log records in the background."""

    what = "log events"
    thread_name = "spanbridge-export-logs"

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Take a record. Never waits."""
        record = copy.copy(log_record.log_record)
        # The context has the span in it, and with it all that the span says.
        record.context = _NO_CONTEXT
        waiting = ReadableLogRecord(
            record,
            log_record.resource or Resource.create(),
            log_record.instrumentation_scope,
            log_record.limits,
        )
        self.put(waiting, length_of(record.attributes))


class OwnLoggerProvider:
    """A provider made from the standard variables.

    Args:
        environment: ``OTEL_LOGS_EXPORTER``, ``OTEL_EXPORTER_OTLP_*`` and ``OTEL_BLRP_*`` are read.
        resource: that of the spans; None for that of the environment.
    """

    def __init__(self, environment: Mapping[str, str], resource: Resource | None) -> None:
        self._provider = LoggerProvider(resource, shutdown_on_exit=False)
        make = otlp.exporter_maker(environment, otlp.LOGS)
        self._queue = None if make is None else LogQueue(make, queue_limits(environment, "BLRP"))
        if self._queue is not None:
            self._provider.add_log_record_processor(self._queue)

    def get_logger(self, name: str) -> _logs.Logger:
        """A logger of that name."""
        return self._provider.get_logger(name)

    def flush(self, timeout_ms: int) -> bool:
        """Send what waits; False if that took longer than ``timeout_ms`` milliseconds."""
        return self._queue is None or self._queue.force_flush(timeout_ms)

    def close(self, timeout_ms: int) -> None:
        """Send what waits, as far as ``timeout_ms`` milliseconds go, and shut down."""
        if self._queue is not None:
            self._queue.shutdown(timeout_ms)
