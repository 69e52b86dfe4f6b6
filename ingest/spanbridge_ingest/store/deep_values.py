"""Attribute values the engine does not unroll: maps, and arrays of containers.

The landing parses scalars and arrays of scalars, which is what nearly every span carries. A batch
that holds anything deeper is rewritten here before it is inserted: each such value gets its JSON
text, and, where JSON cannot tell its types, its OTLP/JSON, in two fields of our own
(``AnyValue`` 100 and 101). Unrolling deeper in SQL instead would cost every insert tens of
milliseconds of query analysis (``docs/adr/0002-landing-tables.md``).

Whatever is not rewritten, because the batch cannot be parsed or comes by another way (a Kafka
table), is kept as the raw bytes of its container.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from spanbridge_ingest.store.anyvalue import FIELD_JSON_TEXT, FIELD_OTLP_JSON
from spanbridge_ingest.store.base import Signal
from spanbridge_ingest.store.wire import read_varint
from spanbridge_semconv.text import attribute_text

# A deep value is one of: a kvlist with a member, as an attribute's value (field 2) or a log's body
# (field 5); an array that starts with a container; a container anywhere in an array (field 1). A
# chance match only costs time.
_VARINT: Final = rb"[\x80-\xff]{0,4}[\x00-\x7f]"
_DEEP: Final = (
    rb"(?:\x32%(v)s\x0a%(v)s[\x0a\x12]|\x2a%(v)s\x0a%(v)s[\x2a\x32])"
    rb"|\x0a%(v)s(?:\x32%(v)s\x0a%(v)s[\x0a\x12]|\x2a%(v)s\x0a%(v)s[\x0a\x10\x18\x21\x2a\x32\x3a])"
) % {b"v": _VARINT}
_PATTERNS: Final = {
    Signal.TRACES: re.compile(rb"\x12" + _VARINT + _DEEP, re.DOTALL),
    Signal.LOGS: re.compile(rb"[\x12\x2a]" + _VARINT + _DEEP, re.DOTALL),
}

_SHORT_MAX: Final = 100_000
"""Fields of at most seven bytes in what is parsed here at once; with more, values stay raw. Each
message costs time and memory, however small it is on the wire."""

_SHORT: Final = re.compile(rb"[\x0a\x12\x1a\x22\x2a\x32][\x00-\x07]", re.DOTALL)
_CONTAINERS: Final = frozenset({"array_value", "kvlist_value"})


def rewrite_deep_values(signal: Signal, payload: bytes) -> bytes:
    """``payload`` with its deep values rewritten; itself if it has none.

    A resource that cannot be parsed here (values nested beyond protobuf's limit, text that is not
    UTF-8) stays as it is, and keeps nobody else's in the batch from being rewritten.
    """
    if not _PATTERNS[signal].search(payload):
        return payload
    try:
        return _rewrite_request(signal, payload)
    except DecodeError:
        return b"".join(_rewrite_resource(signal, frame) for frame in _resources(payload))


def _rewrite_resource(signal: Signal, frame: bytes) -> bytes:
    try:
        return _rewrite_request(signal, frame) if _PATTERNS[signal].search(frame) else frame
    except DecodeError:
        return frame


def _rewrite_request(signal: Signal, payload: bytes) -> bytes:
    if _has_too_many(payload):
        raise DecodeError("too many messages to parse here")
    request = _messages()[signal]()
    request.ParseFromString(payload)
    changed = 0
    for attributes in (_trace_attributes if signal is Signal.TRACES else _log_attributes)(request):
        for attribute in attributes:
            changed += _rewrite(attribute.value)
    if signal is Signal.LOGS:
        for record in _records(request, "resource_logs", "scope_logs", "log_records"):
            changed += _rewrite(record.body)
    return request.SerializeToString() if changed else payload


def _has_too_many(payload: bytes) -> bool:
    return next(islice(_SHORT.finditer(payload), _SHORT_MAX, None), None) is not None


def _resources(payload: bytes) -> Iterator[bytes]:
    """The top-level frames of a batch, each a request of its own; the receiver checked them."""
    start = 0
    while start < len(payload):
        _, position = read_varint(payload, start)
        length, position = read_varint(payload, position)
        yield payload[start : position + length]
        start = position + length


@cache
def _messages() -> dict[Signal, Callable[[], Any]]:
    """The OTLP request messages with two more fields on ``AnyValue``, in a pool of their own."""
    pool = descriptor_pool.DescriptorPool()
    modules = (common_pb2, resource_pb2, trace_pb2, logs_pb2, trace_service_pb2, logs_service_pb2)
    for module in modules:
        file = descriptor_pb2.FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)
        if module is common_pb2:
            _extend_any_value(file)
        pool.Add(file)
    names = {
        Signal.TRACES: trace_service_pb2.ExportTraceServiceRequest.DESCRIPTOR.full_name,
        Signal.LOGS: logs_service_pb2.ExportLogsServiceRequest.DESCRIPTOR.full_name,
    }
    return {
        signal: message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
        for signal, name in names.items()
    }


def _extend_any_value(file: descriptor_pb2.FileDescriptorProto) -> None:
    any_value = next(m for m in file.message_type if m.name == "AnyValue")
    text = any_value.field.add(name="json_text", number=FIELD_JSON_TEXT, oneof_index=0)
    exact = any_value.field.add(name="otlp_json", number=FIELD_OTLP_JSON)
    for field in (text, exact):
        field.type = descriptor_pb2.FieldDescriptorProto.TYPE_STRING
        field.label = descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL


def _records(request: Any, resources: str, scopes: str, records: str) -> Iterable[Any]:
    for resource in getattr(request, resources):
        for scope in getattr(resource, scopes):
            yield from getattr(scope, records)


def _trace_attributes(request: Any) -> Iterable[Any]:
    for resource in request.resource_spans:
        yield resource.resource.attributes
        for scope in resource.scope_spans:
            yield scope.scope.attributes
    for span in _records(request, "resource_spans", "scope_spans", "spans"):
        yield span.attributes
        for event in span.events:
            yield event.attributes
        for link in span.links:
            yield link.attributes


def _log_attributes(request: Any) -> Iterable[Any]:
    for resource in request.resource_logs:
        yield resource.resource.attributes
        for scope in resource.scope_logs:
            yield scope.scope.attributes
    for record in _records(request, "resource_logs", "scope_logs", "log_records"):
        yield record.attributes


def _rewrite(value: Any) -> bool:
    """Rewrite one value if it is deep; whether it was."""
    kind = value.WhichOneof("value")
    if kind not in _CONTAINERS or not _deep(value, kind):
        return False
    plain = _plain(value)
    exact = ""
    if not _self_describing(plain) or _repeats_keys(value):
        exact = json.dumps(_otlp_json(value), separators=(",", ":"))
    value.Clear()
    value.json_text = attribute_text(plain)
    if exact:
        value.otlp_json = exact
    return True


def _deep(value: Any, kind: str) -> bool:
    if kind == "kvlist_value":
        return True
    return any(v.WhichOneof("value") in _CONTAINERS for v in value.array_value.values)


def _plain(value: Any) -> object:
    kind = value.WhichOneof("value")
    if kind == "kvlist_value":
        return {pair.key: _plain(pair.value) for pair in value.kvlist_value.values}
    if kind == "array_value":
        return [_plain(v) for v in value.array_value.values]
    return getattr(value, kind) if kind in _SCALARS else None


_SCALARS: Final = frozenset(
    {"string_value", "bool_value", "int_value", "double_value", "bytes_value"}
)


def _self_describing(plain: object) -> bool:
    """Whether JSON text gives the value back: it holds no double and no bytes."""
    if isinstance(plain, dict):
        return all(map(_self_describing, plain.values()))
    if isinstance(plain, list):
        return all(map(_self_describing, plain))
    return not isinstance(plain, float | bytes)


def _repeats_keys(value: Any) -> bool:
    """Whether a map anywhere inside has the same key twice, which a JSON object cannot hold."""
    pairs = list(value.kvlist_value.values)
    inner = [p.value for p in pairs] or list(value.array_value.values)
    return len({p.key for p in pairs}) < len(pairs) or any(map(_repeats_keys, inner))


def _otlp_json(value: Any) -> dict[str, object]:
    kind = value.WhichOneof("value")
    match kind:
        case "string_value":
            return {"stringValue": value.string_value}
        case "bool_value":
            return {"boolValue": value.bool_value}
        case "int_value":
            return {"intValue": str(value.int_value)}
        case "double_value":
            return {"doubleValue": _json_double(value.double_value)}
        case "bytes_value":
            return {"bytesValue": base64.b64encode(value.bytes_value).decode()}
        case "array_value":
            return {"arrayValue": {"values": [_otlp_json(v) for v in value.array_value.values]}}
        case "kvlist_value":
            pairs = [
                {"key": p.key, "value": _otlp_json(p.value)} for p in value.kvlist_value.values
            ]
            return {"kvlistValue": {"values": pairs}}
        case _:
            return {}


def _json_double(number: float) -> float | str:
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
