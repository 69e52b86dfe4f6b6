"""Jaeger's side of the storage API: what its client asks, over a real channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, TracesData

from spanbridge_ingest.jaeger.messages import MESSAGES

TIMEOUT_S = 60.0
READER = "/jaeger.storage.v2.TraceReader/"


class Client:
    """Calls one server; answers are messages."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel

    def raw(self, path: str, body: bytes, timeout: float = TIMEOUT_S) -> bytes:
        return self._channel.unary_unary(path)(body, timeout=timeout)

    def raw_stream(self, path: str, body: bytes, timeout: float = TIMEOUT_S) -> Any:
        return self._channel.unary_stream(path)(body, timeout=timeout)

    def services(self) -> list[str]:
        body = self.raw(READER + "GetServices", b"")
        return list(MESSAGES["GetServicesResponse"].FromString(body).services)

    def operations(self, service: str, kind: str = "") -> list[tuple[str, str]]:
        asked = MESSAGES["GetOperationsRequest"](service=service, span_kind=kind)
        body = self.raw(READER + "GetOperations", asked.SerializeToString())
        found = MESSAGES["GetOperationsResponse"].FromString(body).operations
        return [(one.name, one.span_kind) for one in found]

    def get(self, *trace_ids: str) -> list[TracesData]:
        asked = MESSAGES["GetTracesRequest"]()
        for trace_id in trace_ids:
            asked.query.add(trace_id=bytes.fromhex(trace_id))
        answers = self.raw_stream(READER + "GetTraces", asked.SerializeToString())
        return [TracesData.FromString(body) for body in answers]

    def find(self, **parameters: Any) -> list[TracesData]:
        body = _question("FindTracesRequest", parameters)
        return [
            TracesData.FromString(answer) for answer in self.raw_stream(READER + "FindTraces", body)
        ]

    def find_ids(self, **parameters: Any) -> list[str]:
        body = self.raw(READER + "FindTraceIDs", _question("FindTraceIDsRequest", parameters))
        found = MESSAGES["FindTraceIDsResponse"].FromString(body).trace_ids
        return [one.trace_id.hex() for one in found]

    def summaries(self, **parameters: Any) -> list[Any]:
        body = _question("FindTraceSummariesRequest", parameters)
        answers = self.raw_stream(READER + "FindTraceSummaries", body)
        kind = MESSAGES["FindTraceSummariesResponse"]
        return [one for answer in answers for one in kind.FromString(answer).summaries]

    def dependencies(self, start: int, end: int) -> list[tuple[str, str, int]]:
        asked = MESSAGES["GetDependenciesRequest"](start_time=moment(start), end_time=moment(end))
        path = "/jaeger.storage.v2.DependencyReader/GetDependencies"
        answer = MESSAGES["GetDependenciesResponse"].FromString(
            self.raw(path, asked.SerializeToString())
        )
        return [(one.parent, one.child, one.call_count) for one in answer.dependencies]


@contextmanager
def connected(address: object) -> Iterator[Client]:
    """A client with gRPC's own limits: nothing over 4 MiB is taken."""
    with grpc.insecure_channel(str(address)) as channel:
        yield Client(channel)


def _question(name: str, parameters: Mapping[str, Any]) -> bytes:
    """A search; times and durations are given in ns, attributes as a mapping."""
    query = MESSAGES["TraceQueryParameters"]()
    for field, value in parameters.items():
        if field == "attributes":
            for key, one in value.items():
                query.attributes.append(KeyValue(key=key, value=any_value(one)))
        elif field.startswith("start"):
            getattr(query, field).CopyFrom(moment(value))
        elif field.startswith("duration"):
            query_field: Duration = getattr(query, field)
            query_field.FromNanoseconds(value)
        else:
            setattr(query, field, value)
    return MESSAGES[name](query=query).SerializeToString()


def any_value(value: Any) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case _:
            return AnyValue(string_value=value)


def moment(nanos: int) -> Timestamp:
    stamp = Timestamp()
    stamp.FromNanoseconds(nanos)
    return stamp


def spans(pieces: list[TracesData]) -> list[Span]:
    return [
        span
        for piece in pieces
        for resource in piece.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def ids(pieces: list[TracesData]) -> list[str]:
    """The traces in the order of their pieces, each once."""
    return list(dict.fromkeys(span.trace_id.hex() for span in spans(pieces)))
