"""The logger provider that is made when the application has none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from opentelemetry import _logs
from opentelemetry.context import Context
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor, ReadWriteLogRecord
from opentelemetry.sdk.resources import Resource

from spanbridge import otlp
from spanbridge.exceptions import InvalidValueError
from spanbridge.export_queue import length_of
from spanbridge.outbox import Outbox
from spanbridge.own_provider import queue_limits

_logger: Final = logging.getLogger("spanbridge")
_NO_CONTEXT: Final = Context()


class LogQueue(Outbox[ReadWriteLogRecord], LogRecordProcessor):
    """Sends log records in the background."""

    what = "log events"
    thread_name = "spanbridge-export-logs"

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Take a record. Never waits."""
        # The context has the span in it, and with it all that the span says.
        log_record.log_record.context = _NO_CONTEXT
        self.put(log_record, length_of(log_record.log_record.attributes))


class OwnLoggerProvider:
    """A provider made from the standard variables.

    Args:
        environment: ``OTEL_LOGS_EXPORTER``, ``OTEL_EXPORTER_OTLP_*`` and ``OTEL_BLRP_*`` are read.
        resource: that of the spans; None for that of the environment.
    """

    def __init__(self, environment: Mapping[str, str], resource: Resource | None) -> None:
        self._provider = LoggerProvider(resource, shutdown_on_exit=False)
        make = exporter_maker(environment)
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


def exporter_maker(environment: Mapping[str, str]) -> Callable[[], Any] | None:
    """What makes the exporter that ``OTEL_LOGS_EXPORTER`` names; None if events go nowhere."""
    named = environment.get("OTEL_LOGS_EXPORTER", "").strip().lower() or "otlp"
    if named == "console":
        from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter

        return ConsoleLogRecordExporter
    if named != "otlp":
        if named != "none":
            _logger.warning(
                "No log events are sent: OTEL_LOGS_EXPORTER is %r; it takes otlp, console or none. "
                "For others, set up a LoggerProvider.",
                named,
            )
        return None
    try:
        protocol = otlp.protocol(environment, otlp.LOGS)
    except InvalidValueError as error:
        _logger.warning("No log events are sent: %s", error)
        return None
    otlp.load(protocol, otlp.LOGS)
    return lambda: otlp.OTLPExporter(protocol, otlp.LOGS)
