"""OTLP/JSON to OTLP protobuf, and back.

OTLP's JSON is not protobuf's: ids are hex and not base64, enums are numbers only, and the original
field names are not keys. So this walks the JSON itself, by tables made from the message
descriptors: a field that a later OTLP adds needs no change here. Only unknown keys are forgiven.
"""

from __future__ import annotations

import base64
import math
from typing import Any, Final

import orjson
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.errors import InvalidRequestError, TooLargeError
from spanbridge_ingest.receive.framing import MAX_RESOURCES, Framed
from spanbridge_ingest.receive.json_fields import (
    ID_FIELDS,
    BadValueError,
    Field,
    Plan,
    build_plan,
    varint,
)
from spanbridge_ingest.store.base import Signal

MAX_DEPTH: Final = 100
"""Messages inside messages. Protobuf's own parsers stop at the same depth."""

_Request = ExportTraceServiceRequest | ExportLogsServiceRequest
_REQUESTS: Final[dict[Signal, type[_Request]]] = {
    Signal.TRACES: ExportTraceServiceRequest,
    Signal.LOGS: ExportLogsServiceRequest,
}
_WIDE_INTEGERS: Final = frozenset(
    {FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_UINT64, FieldDescriptor.TYPE_FIXED64}
)


def json_to_otlp(signal: Signal, body: bytes) -> Framed:
    """Convert an export request; an empty body is an empty request.

    Raises:
        InvalidRequestError: not JSON, or not OTLP. Names the place, never quotes the content.
        TooLargeError: more resources than a request may have.
    """
    if not body:
        return Framed(b"", 0)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # The message holds a position and nothing of the text.
        raise InvalidRequestError(f"not valid JSON: {error}") from None
    try:
        payload = _encode(_PLANS[signal], document, 0)
    except BadValueError as error:
        raise InvalidRequestError(f"{error.where()}: {error.reason}") from None
    count = len(document.get(_RESOURCES[signal]) or ())
    if count > MAX_RESOURCES:
        raise TooLargeError(f"the request has more than {MAX_RESOURCES} resources")
    return Framed(payload, count)


def otlp_to_json(signal: Signal, payload: bytes) -> dict[str, Any]:
    """The OTLP/JSON form of an export request: hex ids, integer enums, 64-bit integers as text.

    Raises:
        InvalidRequestError: not a valid request of this signal.
    """
    message = _REQUESTS[signal]()
    try:
        message.ParseFromString(payload)
    except DecodeError:
        raise InvalidRequestError("not a valid OTLP request") from None
    return _to_json(message)


def _encode(plan: Plan, value: Any, depth: int) -> bytes:
    """The protobuf form of one message, without its length."""
    if not isinstance(value, dict):
        raise BadValueError("expected an object")
    if depth >= MAX_DEPTH:
        raise BadValueError(f"nested deeper than {MAX_DEPTH} messages")
    out: list[bytes] = []
    chosen = False
    for name, item in value.items():
        field = plan.get(name)
        if field is None or item is None:
            continue
        try:
            if isinstance(field, str):
                raise BadValueError(f"OTLP/JSON spells this field {field}")
            if field.repeated:
                _encode_list(field, item, depth, out)
                continue
            if field.oneof and chosen:
                raise BadValueError("more than one value is set")
            chosen = chosen or field.oneof
            encoded = _encode_value(field, item, depth)
        except BadValueError as error:
            error.path.append(f".{name}")
            raise
        if field.oneof or encoded != field.default:
            out += (field.tag, encoded)
    return b"".join(out)


def _encode_list(field: Field, items: Any, depth: int, out: list[bytes]) -> None:
    if not isinstance(items, list):
        raise BadValueError("expected an array")
    for index, item in enumerate(items):
        try:
            out += (field.tag, _encode_value(field, item, depth))
        except BadValueError as error:
            error.path.append(f"[{index}]")
            raise


def _encode_value(field: Field, item: Any, depth: int) -> bytes:
    if field.scalar is not None:
        return field.scalar(item)
    content = _encode(field.message, item, depth + 1)
    return varint(len(content)) + content


def _to_json(message: Message) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for field, value in message.ListFields():
        if field.is_repeated:
            out[field.json_name] = [_value_to_json(field, item) for item in value]
        else:
            out[field.json_name] = _value_to_json(field, value)
    return out


def _value_to_json(field: FieldDescriptor, value: Any) -> Any:
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return _to_json(value)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return value.hex() if field.name in ID_FIELDS else base64.b64encode(value).decode()
    if field.type in _WIDE_INTEGERS:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


_PLANS: Final = {signal: build_plan(kind.DESCRIPTOR) for signal, kind in _REQUESTS.items()}
_RESOURCES: Final = {
    signal: kind.DESCRIPTOR.fields_by_number[1].json_name for signal, kind in _REQUESTS.items()
}
