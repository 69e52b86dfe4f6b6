"""The OTLP exporter that the standard ``OTEL_*`` variables describe."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
from collections.abc import Mapping, Sequence
from typing import Final

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from spanbridge.exceptions import InvalidValueError
from spanbridge.tracking import get_tracking_uri

_logger: Final = logging.getLogger("spanbridge")

_HTTP: Final = "http/protobuf"
_GRPC: Final = "grpc"
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_USUAL_GRPC: Final = "localhost:4317"
_GRPC_PACKAGE: Final = "opentelemetry.exporter.otlp.proto.grpc"


def protocol(environment: Mapping[str, str]) -> str:
    """``http/protobuf`` or ``grpc``.

    Raises:
        InvalidValueError: the environment names another, or one whose package is not installed.
    """
    named = next((environment[name] for name in _PROTOCOLS if environment.get(name)), _HTTP)
    named = named.strip().lower()
    if named not in (_HTTP, _GRPC):
        raise InvalidValueError(
            f"spans cannot be sent by {named!r}: {_PROTOCOLS[0]} takes {_HTTP} or {_GRPC}"
        )
    if named == _GRPC and not _installed(_GRPC_PACKAGE):
        raise InvalidValueError(
            f"{_PROTOCOLS[0]} asks for grpc, whose exporter is not installed: "
            "pip install 'spanbridge[grpc]'"
        )
    return named


def load(protocol: str) -> None:
    """Import what sends by gRPC.

    Not with the first batch: a program that is short sends it while it ends, and what that module
    starts can be started no more then.
    """
    if protocol == _GRPC:
        importlib.import_module(f"{_GRPC_PACKAGE}.trace_exporter")


def _installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False


class OTLPExporter(SpanExporter):
    """An OTLP exporter that is made when the first batch is sent, and follows the tracking URI.

    The endpoint is that of the environment; without one, it is the service's.
    """

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self._inner: SpanExporter | None = None
        self._endpoint: str | None = None
        self._told = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch; how that ended."""
        try:
            inner = self._inner_now()
        except Exception as error:
            # What is wrong is in the environment, and nothing of the spans is in the message.
            if not self._told:
                self._told = True
                _logger.warning("Spans cannot be sent: %s", error)
            return SpanExportResult.FAILURE
        result = inner.export(spans)
        if result is SpanExportResult.SUCCESS:
            self._told = False
        elif not self._told:
            self._told = True
            _logger.warning(
                "Spans cannot be sent to %s: start the service with `spanbridge serve`, or name "
                "its address with set_tracking_uri(), SPANBRIDGE_TRACKING_URI or %s",
                self._where(),
                _ENDPOINTS[1],
            )
        return result

    def shutdown(self) -> None:
        """Close the connection."""
        inner, self._inner = self._inner, None
        if inner is not None:
            inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here."""
        return True

    def _inner_now(self) -> SpanExporter:
        endpoint = self._endpoint_now()
        if self._inner is None or endpoint != self._endpoint:
            self.shutdown()
            self._inner = self._made(endpoint)
            self._endpoint = endpoint
        return self._inner

    def _endpoint_now(self) -> str | None:
        if self._protocol == _GRPC or any(os.environ.get(name) for name in _ENDPOINTS):
            return None
        return f"{get_tracking_uri()}/v1/traces"

    def _where(self) -> str:
        named = next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), None)
        usual = _USUAL_GRPC if self._protocol == _GRPC else ""
        scheme, _, rest = (named or self._endpoint or usual).rpartition("://")
        # What stands before an @ may be a password.
        host = rest.rpartition("@")[2]
        return f"{scheme}://{host}" if scheme else host

    def _made(self, endpoint: str | None) -> SpanExporter:
        if self._protocol == _GRPC:
            from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (
                OTLPSpanExporter as GrpcExporter,
            )

            return GrpcExporter()
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter(endpoint=endpoint)
