"""The messages of Jaeger's remote storage API, version 2.

Compatible on the wire with the package ``jaeger.storage.v2``, which documents names and numbers in
https://github.com/jaegertracing/jaeger-idl (``proto/storage/v2``). They are described here instead
of being generated: generated code is tied to a range of versions of its runtime. Attributes are
OTLP's own ``KeyValue``, which has the same numbers as Jaeger's copy of it, and so are traces.

Of a trace the store's answer to ``GetTraces`` and ``FindTraces`` is
``opentelemetry.proto.trace.v1.TracesData``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from google.protobuf import descriptor_pool, duration_pb2, message_factory, timestamp_pb2
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from opentelemetry.proto.common.v1 import common_pb2

_FILE: Final = "spanbridge/jaeger_storage.proto"
_PACKAGE: Final = "spanbridge.jaeger.storage.v2"
"""On the wire only the services have names; the process's pool of types may hold Jaeger's own."""

_SCALARS: Final = {
    "string": FieldDescriptorProto.TYPE_STRING,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
    "fixed64": FieldDescriptorProto.TYPE_FIXED64,
}
_SHARED: Final = {
    "Timestamp": ".google.protobuf.Timestamp",
    "Duration": ".google.protobuf.Duration",
    "KeyValue": ".opentelemetry.proto.common.v1.KeyValue",
}

_MESSAGES: Final[Mapping[str, Sequence[str]]] = {
    # One trace that is asked for: 16 bytes of id, and the time in which it may be looked for.
    "GetTraceParams": ("1 trace_id bytes", "2 start_time Timestamp", "3 end_time Timestamp"),
    "GetTracesRequest": ("1 query GetTraceParams*",),
    "GetServicesRequest": (),
    "GetServicesResponse": ("1 services string*",),
    "GetOperationsRequest": ("1 service string", "2 span_kind string"),
    # The kind is a word in lower case, '' for none.
    "Operation": ("1 name string", "2 span_kind string"),
    "GetOperationsResponse": ("1 operations Operation*",),
    "TraceQueryParameters": (
        *("1 service_name string", "2 operation_name string", "3 attributes KeyValue*"),
        *("4 start_time_min Timestamp", "5 start_time_max Timestamp"),
        *("6 duration_min Duration", "7 duration_max Duration"),
        "8 search_depth int32",
        # A tree of conditions that is sent to those who say they know it; only noticed here.
        *("9 filter bytes", "10 pagination Pagination"),
    ),
    # A page instead of a depth; a token is what the answer before this one ended with.
    "Pagination": ("1 page_size uint32", "2 page_token string"),
    "FindTracesRequest": ("1 query TraceQueryParameters",),
    "FindTraceIDsRequest": ("1 query TraceQueryParameters",),
    "FindTraceSummariesRequest": ("1 query TraceQueryParameters",),
    "FoundTraceID": ("1 trace_id bytes", "2 start Timestamp", "3 end Timestamp"),
    "FindTraceIDsResponse": ("1 trace_ids FoundTraceID*",),
    "ServiceSummary": ("1 name string", "2 span_count int32", "3 error_span_count int32"),
    "TraceSummary": (
        *("1 trace_id bytes", "2 root_service_name string", "3 root_operation_name string"),
        *("4 min_start_time_unix_nano fixed64", "5 max_end_time_unix_nano fixed64"),
        *("6 span_count int32", "7 error_span_count int32", "8 orphan_span_count int32"),
        "9 services ServiceSummary*",
    ),
    "FindTraceSummariesResponse": ("1 summaries TraceSummary*",),
    "GetDependenciesRequest": ("1 start_time Timestamp", "2 end_time Timestamp"),
    "Dependency": ("1 parent string", "2 child string", "3 call_count uint64", "4 source string"),
    "GetDependenciesResponse": ("1 dependencies Dependency*",),
    "GetCapabilitiesRequest": (),
    "SearchCapabilities": ("1 without_service_name bool", "2 same_span_conjunction bool"),
    "GetCapabilitiesResponse": ("1 search SearchCapabilities",),
}
"""Fields by message: number, name and type, with ``*`` behind it if the field is repeated."""


def _file() -> FileDescriptorProto:
    shared = (timestamp_pb2, duration_pb2, common_pb2)
    file = FileDescriptorProto(
        name=_FILE,
        package=_PACKAGE,
        syntax="proto3",
        dependency=[module.DESCRIPTOR.name for module in shared],
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for text in fields:
            number, field, kind = text.split()
            repeated = kind.endswith("*")
            described = message.field.add(
                name=field,
                number=int(number),
                label=FieldDescriptorProto.LABEL_REPEATED
                if repeated
                else FieldDescriptorProto.LABEL_OPTIONAL,
            )
            kind = kind.removesuffix("*")
            if kind in _SCALARS:
                described.type = _SCALARS[kind]
            else:
                described.type = FieldDescriptorProto.TYPE_MESSAGE
                described.type_name = _SHARED.get(kind, f".{_PACKAGE}.{kind}")
    return file


def _classes() -> dict[str, Any]:
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(_file().SerializeToString())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _MESSAGES
    }


MESSAGES: Final[Mapping[str, Any]] = _classes()
"""The classes by name. What is made of them is checked where it is made, not by its type."""
