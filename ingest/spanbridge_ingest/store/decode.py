"""The views that turn a landed batch into rows: plain OTLP decoding, no GenAI knowledge.

    landing (Null) -> decode view -> decoded (Null) -> one view per table: rows, rejects

Resource and scope are decoded once each, before their spans are joined to them. Attribute lists
arrive as parallel flat arrays (:mod:`spanbridge_ingest.store.landing`), under their dotted path
with ``_`` for ``.``.
"""

from __future__ import annotations

from collections.abc import Sequence

from spanbridge_ingest.store.anyvalue import FIRST_TYPED, each, each_flat, exact, text, type_code
from spanbridge_ingest.store.landing import LOGS, TRACES, Landing

_INT64_MAX = "9223372036854775807"
_NO_EXTRAS = "CAST([], 'Array(Tuple(String, String))')"
_FACTS = ("batch_id", "received_ms", "facts_k", "facts_v")

SPAN_KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
STATUS_CODES = ("Unset", "Ok", "Error")


def _flat(path: str) -> str:
    return path.replace(".", "_")


def _item(field: str) -> str:
    return f"r_s_s_a_v_{field}"


def _body(field: str) -> str:
    return f"r_s_s_b_{field}"


def _map_of(attributes: str) -> str:
    """SQL: the ``Map`` of an attribute list given as an array of tuples."""
    return f"mapFromArrays({attributes}.k, {each(f'{attributes}.v', text)})"


def _codes_of(attributes: str) -> str:
    return each(f"{attributes}.v", type_code)


def _typed_extras(codes: Sequence[str], exacts: Sequence[str]) -> str:
    """SQL: (``value.<n>``, exact value) for the attributes whose text is not enough.

    ``n`` counts from 0 through all attributes of a row: the resource's, the scope's, the span's
    own, each event's, each link's.
    """
    all_codes, all_exacts = f"arrayConcat({', '.join(codes)})", f"arrayConcat({', '.join(exacts)})"
    zipped = f"arrayZip(arrayEnumerate({all_codes}), {all_codes}, {all_exacts})"
    chosen = f"arrayFilter(t -> t.2 >= {FIRST_TYPED}, {zipped})"
    pairs = f"arrayMap(t -> (concat('value.', toString(t.1 - 1)), t.3), {chosen})"
    return f"if(arrayMax({all_codes}) >= {FIRST_TYPED}, {pairs}, {_NO_EXTRAS})"


def _exact_of_each(parts: str) -> str:
    return f"arrayFlatten(arrayMap(p -> {each('p.a.v', exact)}, {parts}))"


def _extra(condition: str, key: str, value: str) -> str:
    return f"if({condition}, [('{key}', {value})], {_NO_EXTRAS})"


def _extras_map(parts: list[str]) -> str:
    return f"CAST(arrayConcat({', '.join(parts)}), 'Map(LowCardinality(String), String)')"


def _nano(x: str) -> str:
    return f"fromUnixTimestamp64Nano(toInt64(least({x}, toUInt64({_INT64_MAX}))))"


def _id(x: str, length: int) -> str:
    """SQL: an id in lower-case hex; '' when absent or all zero."""
    zero = f"unhex('{'00' * length}')"
    return f"if({x} = {zero}, '', lower(hex({x})))"


def _name(x: str, names: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{n}'" for n in names)
    return f"if({x} BETWEEN 0 AND {len(names) - 1}, [{listed}][{x} + 1], '{names[0]}')"


def _source(landing: Landing, table: str) -> str:
    """SQL: FROM clause with one row per span or log record, resource and scope decoded beside."""
    names = {path: _flat(path) for path in landing.columns}
    resource = [n for p, n in names.items() if p.startswith("r.") and not p.startswith("r.s")]
    scope = [n for p, n in names.items() if p.startswith("r.s") and not p.startswith("r.s.s")]
    items = [n for p, n in names.items() if p.startswith("r.s.s")]
    read = ", ".join(f"`{path}` AS {name}" for path, name in names.items())
    resource_kept = {
        "resource_index": "resource_index",
        "resource_schema": "r_u",
        "resource_dropped": "r_r.d",
        "resource_entities": "r_r.e",
        "resource_attributes": _map_of("r_r.a"),
        "resource_codes": _codes_of("r_r.a"),
        "resource_exact": each("r_r.a.v", exact),
    }
    scope_kept = {
        "scope_schema": "r_s_u",
        "scope_name": "r_s_c.n",
        "scope_version": "r_s_c.v",
        "scope_dropped": "r_s_c.d",
        "scope_attributes": _map_of("r_s_c.a"),
        "scope_codes": _codes_of("r_s_c.a"),
        "scope_exact": each("r_s_c.a.v", exact),
    }
    by_resource = (
        f"SELECT {', '.join([*_FACTS, *scope, *items])}, {_aliases(resource_kept)} "
        f"FROM (SELECT {read}, arrayEnumerate(r_u) AS resource_index FROM {table}) "
        f"ARRAY JOIN {', '.join(['resource_index', *resource, *scope, *items])}"
    )
    by_scope = (
        f"SELECT {', '.join([*_FACTS, *items, *resource_kept])}, {_aliases(scope_kept)} "
        f"FROM ({by_resource}) ARRAY JOIN {', '.join([*scope, *items])}"
    )
    kept = [*_FACTS, *resource_kept, *scope_kept, *items]
    return (
        f"FROM (SELECT {', '.join(kept)}, {_aliases(_ITEM_CODES[landing.signal])} "
        f"FROM ({by_scope}) ARRAY JOIN {', '.join(items)})"
    )


def _aliases(columns: dict[str, str]) -> str:
    return ", ".join(name if name == sql else f"{sql} AS {name}" for name, sql in columns.items())


# Used several times each below: computed once, under a name, keeps the expressions short.
_ITEM_CODES = {
    TRACES.signal: {
        "item_codes": each_flat(_item, type_code),
        "event_codes": f"arrayMap(p -> {_codes_of('p.a')}, r_s_s_e)",
        "link_codes": f"arrayMap(p -> {_codes_of('p.a')}, r_s_s_l)",
    },
    LOGS.signal: {
        "item_codes": each_flat(_item, type_code),
        "body_code": type_code(_body),
    },
}

_ITEM_MAP = f"mapFromArrays(r_s_s_a_k, {each_flat(_item, text)})"
_CODES = ("resource_codes", "scope_codes", "item_codes")
_EXACTS = ("resource_exact", "scope_exact", each_flat(_item, exact))

_CONTEXT = {
    "ServiceName": "resource_attributes['service.name']",
    "ResourceAttributes": "resource_attributes",
    "ResourceAttributesTypes": "resource_codes",
    "ResourceDroppedAttributesCount": "resource_dropped",
    "ResourceSchemaUrl": "resource_schema",
    "ScopeName": "scope_name",
    "ScopeVersion": "scope_version",
    "ScopeAttributes": "scope_attributes",
    "ScopeAttributesTypes": "scope_codes",
    "ScopeDroppedAttributesCount": "scope_dropped",
    "ScopeSchemaUrl": "scope_schema",
    "BatchId": "batch_id",
    "ReceivedAt": "fromUnixTimestamp64Milli(toInt64(received_ms))",
    "RequestAttributes": "mapFromArrays(facts_k, facts_v)",
    "ResourceIndex": "resource_index",
}

_ENTITIES = _extra(
    "notEmpty(resource_entities)", "resource.entity_refs", "toJSONString(resource_entities)"
)

_SPAN = {
    "Timestamp": _nano("r_s_s_st"),
    "TraceId": _id("r_s_s_t", 16),
    "SpanId": _id("r_s_s_s", 8),
    "ParentSpanId": _id("r_s_s_p", 8),
    "TraceState": "r_s_s_ts",
    "SpanName": "r_s_s_n",
    "SpanKind": _name("r_s_s_k", SPAN_KINDS),
    "SpanAttributes": _ITEM_MAP,
    "Duration": "if(r_s_s_et > r_s_s_st, r_s_s_et - r_s_s_st, 0)",
    "StatusCode": _name("r_s_s_z.c", STATUS_CODES),
    "StatusMessage": "r_s_s_z.m",
    "Events.Timestamp": f"arrayMap(t -> {_nano('t')}, r_s_s_e.t)",
    "Events.Name": "r_s_s_e.n",
    "Events.Attributes": f"arrayMap(p -> {_map_of('p.a')}, r_s_s_e)",
    "Links.TraceId": "arrayMap(x -> lower(hex(x)), r_s_s_l.t)",
    "Links.SpanId": "arrayMap(x -> lower(hex(x)), r_s_s_l.s)",
    "Links.TraceState": "r_s_s_l.ts",
    "Links.Attributes": f"arrayMap(p -> {_map_of('p.a')}, r_s_s_l)",
    "Flags": "r_s_s_f",
    "DroppedAttributesCount": "r_s_s_da",
    "DroppedEventsCount": "r_s_s_de",
    "DroppedLinksCount": "r_s_s_dl",
    "SpanAttributesTypes": "item_codes",
    "EventsAttributesTypes": "event_codes",
    "EventsDroppedAttributesCount": "r_s_s_e.d",
    "LinksAttributesTypes": "link_codes",
    "LinksDroppedAttributesCount": "r_s_s_l.d",
    "LinksFlags": "r_s_s_l.f",
    "OtlpExtras": _extras_map(
        [
            _typed_extras(
                [*_CODES, "arrayFlatten(event_codes)", "arrayFlatten(link_codes)"],
                [*_EXACTS, _exact_of_each("r_s_s_e"), _exact_of_each("r_s_s_l")],
            ),
            _ENTITIES,
            _extra(f"r_s_s_st > {_INT64_MAX}", "start", "toString(r_s_s_st)"),
            _extra("r_s_s_et < r_s_s_st", "end", "toString(r_s_s_et)"),
            _extra(f"r_s_s_k NOT BETWEEN 0 AND {len(SPAN_KINDS) - 1}", "kind", "toString(r_s_s_k)"),
            _extra(
                f"r_s_s_z.c NOT BETWEEN 0 AND {len(STATUS_CODES) - 1}",
                "status",
                "toString(r_s_s_z.c)",
            ),
            _extra("r_s_s_p = unhex('0000000000000000')", "parent", "'0000000000000000'"),
            f"arrayMap(t -> (concat('event.', toString(t.2 - 1), '.time'), toString(t.1)), "
            f"arrayFilter(t -> t.1 > {_INT64_MAX}, "
            "arrayZip(r_s_s_e.t, arrayEnumerate(r_s_s_e.t))))",
        ]
    ),
    "RejectReason": (
        "multiIf(length(r_s_s_t) != 16, 'trace_id_length', TraceId = '', 'trace_id_zero', "
        "length(r_s_s_s) != 8, 'span_id_length', SpanId = '', 'span_id_zero', '')"
    ),
}


_LOG = {
    # The time of a record is optional; the Collector's exporter falls back in the same way.
    "Timestamp": _nano("if(r_s_s_st = 0, r_s_s_ot, r_s_s_st)"),
    "ObservedTimestamp": _nano("r_s_s_ot"),
    "TraceId": _id("r_s_s_t", 16),
    "SpanId": _id("r_s_s_s", 8),
    "TraceFlags": "toUInt8(bitAnd(r_s_s_f, 255))",
    "SeverityText": "r_s_s_n",
    "SeverityNumber": "if(r_s_s_k BETWEEN 0 AND 24, toUInt8(r_s_s_k), 0)",
    "Body": text(_body),
    "LogAttributes": _ITEM_MAP,
    "EventName": "r_s_s_en",
    "Flags": "r_s_s_f",
    "DroppedAttributesCount": "r_s_s_da",
    "BodyType": "body_code",
    "LogAttributesTypes": "item_codes",
    "OtlpExtras": _extras_map(
        [
            _typed_extras(_CODES, _EXACTS),
            _ENTITIES,
            _extra(f"body_code >= {FIRST_TYPED}", "body", exact(_body)),
            _extra(f"r_s_s_st = 0 OR r_s_s_st > {_INT64_MAX}", "time", "toString(r_s_s_st)"),
            _extra(f"r_s_s_ot > {_INT64_MAX}", "observed", "toString(r_s_s_ot)"),
            _extra("r_s_s_k NOT BETWEEN 0 AND 24", "severity", "toString(r_s_s_k)"),
            _extra(
                "r_s_s_t = unhex('00000000000000000000000000000000')",
                "trace_id",
                "lower(hex(r_s_s_t))",
            ),
            _extra("r_s_s_s = unhex('0000000000000000')", "span_id", "lower(hex(r_s_s_s))"),
        ]
    ),
    "RejectReason": "''",
}


def decode_select(landing: Landing, table: str) -> str:
    """The SELECT of the decode view of ``landing``, reading the landing table named ``table``."""
    columns = {TRACES.signal: _SPAN, LOGS.signal: _LOG}[landing.signal]
    return f"SELECT {_quoted({**columns, **_CONTEXT})} {_source(landing, table)}"


def decoded_columns(landing: Landing) -> list[str]:
    """Names of the columns the decode view gives, in order."""
    columns = {TRACES.signal: _SPAN, LOGS.signal: _LOG}[landing.signal]
    return [*columns, *_CONTEXT]


def _quoted(columns: dict[str, str]) -> str:
    return ", ".join(f"{sql} AS `{name}`" for name, sql in columns.items())
