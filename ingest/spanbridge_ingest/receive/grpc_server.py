"""OTLP/gRPC, with requests as raw bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

import grpc
from grpc import aio

from spanbridge_ingest.errors import ConfigError, RequestError, UnsupportedError
from spanbridge_ingest.receive.encoding import sniff_grpc_encoding
from spanbridge_ingest.receive.grpc_health import HealthService
from spanbridge_ingest.receive.intake import Intake, Transport
from spanbridge_ingest.receive.listen import check_free
from spanbridge_ingest.receive.request_attributes import request_attributes
from spanbridge_ingest.receive.responses import export_response
from spanbridge_ingest.receive.status import answer_to
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.values import Address

_SERVICES: Final = {
    "opentelemetry.proto.collector.trace.v1.TraceService": Signal.TRACES,
    "opentelemetry.proto.collector.logs.v1.LogsService": Signal.LOGS,
}
_METRICS_SERVICE: Final = "opentelemetry.proto.collector.metrics.v1.MetricsService"
_UNSTORED_SIGNAL: Final = "metrics"

_Context = aio.ServicerContext[bytes, bytes]


@dataclass(frozen=True, slots=True)
class GrpcLimits:
    """What one connection may do."""

    streams_per_connection: int = 1024
    """Requests of one client under way at a time; more wait on the client's side. A client that
    opens more before it has heard of the limit sees the surplus fail with UNAVAILABLE."""
    least_ping_interval_s: float = 10.0
    """A client that pings more often is sent away. gRPC's own 5 minutes break exporters that keep
    an idle connection alive through a load balancer."""
    max_connection_age_s: float | None = None
    """Asks long-lived clients to connect again, so that a load balancer can spread them."""


class GrpcEndpoint:
    """The gRPC side of the receiver."""

    def __init__(self, intake: Intake, address: Address, limits: GrpcLimits | None = None) -> None:
        self._intake = intake
        self._wanted = address
        self._server = aio.server(options=_options(intake, limits or GrpcLimits()))
        self._health = HealthService(intake.committer, frozenset(_SERVICES))
        handlers = [
            _export_handler(intake, service, signal) for service, signal in _SERVICES.items()
        ]
        handlers += [_metrics_handler(intake), self._health.handler()]
        self._server.add_generic_rpc_handlers(tuple(handlers))

    async def start(self) -> Address:
        """Listen.

        Returns:
            The address with the port that was really taken.

        Raises:
            ConfigError: the address does not exist or the port is taken.
        """
        check_free(self._wanted)
        try:
            port = self._server.add_insecure_port(str(self._wanted))
        except RuntimeError:
            raise ConfigError(f"cannot listen on {self._wanted} for gRPC") from None
        await self._server.start()
        return Address(self._wanted.host, port)

    async def stop(self, grace_s: float) -> None:
        """Take no new requests, and give those under way ``grace_s`` seconds to finish."""
        self._health.stop()
        await self._server.stop(grace_s)


def _options(intake: Intake, limits: GrpcLimits) -> list[tuple[str, int]]:
    ping_ms = int(limits.least_ping_interval_s * 1000)
    options = [
        # The core inflates without a limit; so it must not, and the intake does.
        ("grpc.per_message_decompression", 0),
        # Over it, the core answers RESOURCE_EXHAUSTED, which without RetryInfo is final.
        ("grpc.max_receive_message_length", intake.limits.request_bytes),
        ("grpc.max_concurrent_streams", limits.streams_per_connection),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", ping_ms),
        ("grpc.keepalive_permit_without_calls", 1),
        # A second service on the same port would silently take half of the requests.
        ("grpc.so_reuseport", 0),
    ]
    if limits.max_connection_age_s is not None:
        options.append(("grpc.max_connection_age_ms", int(limits.max_connection_age_s * 1000)))
    return options


def _export_handler(
    intake: Intake, service: str, signal: Signal
) -> grpc.GenericRpcHandler[bytes, bytes]:
    async def export(body: bytes, context: _Context) -> bytes:
        rejected = await _answered(
            intake, signal.value, _submit(intake, signal, body, context), context
        )
        return export_response(signal, rejected).SerializeToString()

    handler = grpc.unary_unary_rpc_method_handler(export)
    return grpc.method_handlers_generic_handler(service, {"Export": handler})


def _metrics_handler(intake: Intake) -> grpc.GenericRpcHandler[bytes, bytes]:
    async def refuse() -> NoReturn:
        raise UnsupportedError("metrics are not stored here; send traces and logs")

    async def export(_body: bytes, context: _Context) -> bytes:
        await _answered(intake, _UNSTORED_SIGNAL, refuse(), context)
        return b""

    handler = grpc.unary_unary_rpc_method_handler(export)
    return grpc.method_handlers_generic_handler(_METRICS_SERVICE, {"Export": handler})


async def _submit(
    intake: Intake, signal: Signal, body: bytes, context: _Context
) -> Mapping[str, int]:
    attributes = request_attributes(context.invocation_metadata() or ())
    return await intake.submit(signal, Transport.GRPC, body, sniff_grpc_encoding(body), attributes)


async def _answered(
    intake: Intake, signal: str, work: Awaitable[Mapping[str, int]], context: _Context
) -> Mapping[str, int]:
    try:
        return await intake.answered(signal, Transport.GRPC, work)
    except RequestError as error:
        answer = answer_to(error)
    # Outside of the handler above, so that the abort does not carry the error along.
    await context.abort(answer.grpc_code, answer.status.message, answer.trailing_metadata)
