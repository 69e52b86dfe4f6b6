"""``jaeger.storage.v2``: Jaeger reads the store over gRPC."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import grpc
from grpc import aio

from spanbridge_ingest.errors import (
    BusyError,
    ConfigError,
    SpanbridgeError,
    StoreError,
    StoreSchemaError,
)
from spanbridge_ingest.jaeger import catalogue, from_wire, search, to_wire
from spanbridge_ingest.jaeger.chunks import chunks
from spanbridge_ingest.jaeger.messages import MESSAGES
from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.query.gate import Gate
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.receive.grpc_health import HealthService
from spanbridge_ingest.receive.intake import Submitter
from spanbridge_ingest.receive.listen import check_free
from spanbridge_ingest.values import Address

_log = logging.getLogger(__name__)

_PACKAGE: Final = "jaeger.storage.v2"
SERVICES: Final = tuple(
    f"{_PACKAGE}.{name}" for name in ("TraceReader", "DependencyReader", "Capabilities")
)

_REQUEST_BYTES: Final = 4 * 1024**2
_SUMMARIES_AT_ONCE: Final = 200

_Context = aio.ServicerContext[bytes, bytes]


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What readers may do."""

    calls: int = 64
    """Calls under way, of all clients; one more is refused with RESOURCE_EXHAUSTED."""
    call_s: float = 300.0
    """How long a call may take, slow readers included."""


class JaegerEndpoint:
    """The storage API on an address of its own."""

    def __init__(
        self,
        store: Reader,
        gate: Gate,
        committer: Submitter,
        address: Address,
        limits: ReadLimits | None = None,
    ) -> None:
        """``committer`` knows whether the store answers; ``gate`` is where reading waits."""
        self._limits = limits or ReadLimits()
        self._wanted = address
        self._health = HealthService(committer, frozenset(SERVICES))
        self._server = aio.server(
            options=[
                ("grpc.max_receive_message_length", _REQUEST_BYTES),
                # A span may be larger than what gRPC sends and takes unless told.
                ("grpc.max_send_message_length", -1),
                ("grpc.so_reuseport", 0),
            ],
            maximum_concurrent_rpcs=self._limits.calls,
        )
        readers = _Readers(store, gate, self._limits.call_s)
        self._server.add_generic_rpc_handlers((*readers.handlers(), self._health.handler()))

    async def start(self) -> Address:
        """Listen.

        Returns:
            The address with the port that was really taken.

        Raises:
            ConfigError: the address does not exist or the port is taken.
        """
        try:
            check_free(self._wanted)
        except ConfigError as error:
            # Who has asked for other ports has often not heard of this one.
            raise ConfigError(f"{error}; --jaeger says where, or off") from None
        try:
            port = self._server.add_insecure_port(str(self._wanted))
        except RuntimeError:
            raise ConfigError(f"cannot listen on {self._wanted} for Jaeger") from None
        await self._server.start()
        return Address(self._wanted.host, port)

    async def stop(self, grace_s: float) -> None:
        """Take no new calls, and give those under way ``grace_s`` seconds to finish."""
        self._health.stop()
        await self._server.stop(grace_s)


class _Readers:
    """The methods of the three services. Requests come as bytes, and are refused as such."""

    def __init__(self, store: Reader, gate: Gate, call_s: float) -> None:
        self._store = store
        self._gate = gate
        self._call_s = call_s

    def handlers(self) -> Iterator[grpc.GenericRpcHandler[bytes, bytes]]:
        one, many = self._one, self._many
        methods: list[dict[str, Any]] = [
            {
                "GetTraces": many(self._get_traces),
                "GetServices": one(self._get_services),
                "GetOperations": one(self._get_operations),
                "FindTraces": many(self._find_traces),
                "FindTraceIDs": one(self._find_trace_ids),
                "FindTraceSummaries": many(self._find_summaries),
            },
            {"GetDependencies": one(self._get_dependencies)},
            {"GetCapabilities": one(self._get_capabilities)},
        ]
        for service, named in zip(SERVICES, methods, strict=True):
            yield grpc.method_handlers_generic_handler(service, named)

    def _one(self, answer: Callable[[bytes], Any]) -> grpc.RpcMethodHandler[bytes, bytes]:
        async def handle(body: bytes, context: _Context) -> bytes:
            made: list[bytes] = []

            async def work() -> None:
                made.append(await self._gate.run(lambda: answer(body).SerializeToString()))

            await self._answered(work, context)
            return made[0]

        return grpc.unary_unary_rpc_method_handler(handle)

    def _many(
        self, answers: Callable[[bytes], Iterator[list[Any]]]
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        """Each step of ``answers`` takes its turn at the gate; a slow client holds no thread."""

        async def handle(body: bytes, context: _Context) -> None:
            async def work() -> None:
                steps = answers(body)

                def step() -> list[bytes] | None:
                    made = next(steps, None)
                    return None if made is None else [one.SerializeToString() for one in made]

                while (some := await self._gate.run(step)) is not None:
                    for one in some:
                        await context.write(one)

            await self._answered(work, context)

        return grpc.unary_stream_rpc_method_handler(handle)

    async def _answered(self, work: Callable[[], Awaitable[None]], context: _Context) -> None:
        try:
            async with asyncio.timeout(self._call_s):
                await work()
            return
        except TimeoutError:
            code, text = grpc.StatusCode.DEADLINE_EXCEEDED, "the call took too long"
        except SpanbridgeError as error:
            code, text = _status(error), _text(error)
        except Exception as error:
            # What nobody foresaw is logged by its kind: its text may hold content.
            _log.error("unexpected %s while answering Jaeger", type(error).__qualname__)
            code, text = grpc.StatusCode.INTERNAL, "the answer could not be made"
        # Outside of the handlers above, so that the abort does not carry the error along.
        await context.abort(code, text)

    def _get_traces(self, body: bytes) -> Iterator[list[Any]]:
        wanted = from_wire.trace_ids(from_wire.parse("GetTracesRequest", body))
        yield from chunks(self._store, wanted)

    def _find_traces(self, body: bytes) -> Iterator[list[Any]]:
        asked = from_wire.question(from_wire.parse("FindTracesRequest", body), pages=False)
        yield from chunks(self._store, search.find_ids(self._store, asked))

    def _find_summaries(self, body: bytes) -> Iterator[list[Any]]:
        asked = from_wire.question(from_wire.parse("FindTraceSummariesRequest", body))
        found = search.find_ids(self._store, asked)
        for start in range(0, len(found), _SUMMARIES_AT_ONCE):
            some = search.summaries(self._store, found[start : start + _SUMMARIES_AT_ONCE])
            yield [to_wire.summaries(some)]

    def _find_trace_ids(self, body: bytes) -> Any:
        asked = from_wire.question(from_wire.parse("FindTraceIDsRequest", body))
        found = search.find_ids(self._store, asked)
        return to_wire.found_ids(found, search.times(self._store, found))

    def _get_services(self, body: bytes) -> Any:
        from_wire.parse("GetServicesRequest", body)
        return MESSAGES["GetServicesResponse"](services=catalogue.services(self._store))

    def _get_operations(self, body: bytes) -> Any:
        asked = from_wire.parse("GetOperationsRequest", body)
        return to_wire.operations(catalogue.operations(self._store, asked.service, asked.span_kind))

    def _get_dependencies(self, body: bytes) -> Any:
        asked = from_wire.parse("GetDependenciesRequest", body)
        start, end = (from_wire.moment(asked, name) for name in ("start_time", "end_time"))
        return to_wire.dependencies(catalogue.dependencies(self._store, start, end))

    def _get_capabilities(self, body: bytes) -> Any:
        from_wire.parse("GetCapabilitiesRequest", body)
        return to_wire.capabilities()


def _status(error: SpanbridgeError) -> grpc.StatusCode:
    match error:
        case BadQueryError():
            return grpc.StatusCode.INVALID_ARGUMENT
        case BusyError() | StoreError(code=241):
            return grpc.StatusCode.RESOURCE_EXHAUSTED
        case StoreError(code=159):
            return grpc.StatusCode.DEADLINE_EXCEEDED
        case StoreSchemaError():
            return grpc.StatusCode.FAILED_PRECONDITION
        case _:
            return grpc.StatusCode.UNAVAILABLE


def _text(error: SpanbridgeError) -> str:
    hint = getattr(error, "hint", "")
    return f"{error}; {hint}" if hint else str(error)
