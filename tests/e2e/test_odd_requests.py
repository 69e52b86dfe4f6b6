"""Requests that are legal and strange: stored, or put aside with a reason."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e import raw
from tests.e2e.conftest import REASONS
from tests.e2e.processes import Service
from tests.e2e.reading import rows
from tests.e2e.sending import TRACES, GrpcSender, HttpSender, post

FAR = 2**64 - 1


def stored(service: Service, trace_id: int) -> list[dict[str, Any]]:
    """The spans of a trace as the API gives them."""
    status, body = service.get(f"/api/traces/{trace_id:032x}", timeout_s=60)
    assert status == 200, body
    return json.loads(body)["spans"]


def send(service: Service, *parts: bytes, **values: bytes) -> dict[str, Any]:
    """Send a request with one span; the span as it is stored."""
    trace_id = raw.fresh_id()
    answer = GrpcSender(service.grpc)(TRACES, raw.one_span(*parts, trace_id=trace_id, **values))
    assert answer.ok, answer
    (span,) = stored(service, trace_id)
    return span


def test_ids_that_are_none_are_put_aside_and_counted(service: Service) -> None:
    trace_id = raw.fresh_id().to_bytes(16, "big")
    spans = {
        "good": raw.span(trace_id=trace_id),
        "trace_id_zero": raw.span(trace_id=bytes(16)),
        "trace_id_length": raw.span(trace_id=trace_id[:8]) + raw.field(3, trace_id),
        "span_id_zero": raw.span(trace_id=trace_id, span_id=bytes(8)),
        "span_id_length": raw.span(trace_id=trace_id, span_id=b""),
    }
    before = {r: service.metric("spanbridge_rejected_records_total", reason=r) for r in REASONS}
    answer = HttpSender(service.http)(TRACES, raw.request(*spans.values()))
    assert (answer.status, answer.rejected) == ("OK", 4)
    assert all(reason in answer.message for reason in REASONS)
    for reason in REASONS:
        now = service.metric("spanbridge_rejected_records_total", reason=reason)
        assert now == before[reason] + 1
    assert len(stored(service, int.from_bytes(trace_id, "big"))) == 1


def test_ids_that_are_none_over_json(service: Service) -> None:
    spans = [
        {"traceId": "00" * 16, "spanId": f"{1:016x}", "name": "zero"},
        {"traceId": "abcd", "spanId": f"{2:016x}", "name": f"short {raw.fresh_id()}"},
        {"spanId": f"{3:016x}", "name": "none"},
    ]
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    answer = post(service.http, TRACES, body, {"Content-Type": "application/json"})
    assert answer.ok
    assert json.loads(answer.message)["partialSuccess"]["rejectedSpans"] == "3"


def test_absurd_timestamps_come_back_as_they_were(service: Service) -> None:
    times = [(0, 0), (5, 3), (2**63, 2**63), (FAR, FAR), (0, FAR), (FAR, 0), (2**63 - 1, 2**63)]
    trace_id = raw.fresh_id()
    spans = [
        raw.span(
            trace_id=trace_id.to_bytes(16, "big"),
            span_id=number.to_bytes(8, "big"),
            start_ns=start,
            end_ns=end,
        )
        for number, (start, end) in enumerate(times, 1)
    ]
    assert GrpcSender(service.grpc)(TRACES, raw.request(*spans)).ok
    found = {s["span_id"]: s for s in stored(service, trace_id)}
    for number, (start, end) in enumerate(times, 1):
        one = found[f"{number:016x}"]
        assert (one["start_time_unix_nano"], one["end_time_unix_nano"]) == (start, end)
    assert service.get("/api/traces?limit=200")[0] == 200


def test_a_trace_that_ends_before_it_begins_is_listed(service: Service) -> None:
    body = raw.one_span(trace_id=(trace_id := raw.fresh_id()), start_ns=FAR, end_ns=0)
    assert GrpcSender(service.grpc)(TRACES, body).ok
    status, answer = service.get("/api/traces?limit=200")
    assert status == 200
    listed = {one["trace_id"]: one for one in json.loads(answer)["traces"]}
    assert listed[f"{trace_id:032x}"]["duration_ns"] == 0


@pytest.mark.parametrize("transport", ["grpc", "http"])
def test_an_attribute_of_50_mb(service: Service, transport: str) -> None:
    trace_id, size = raw.fresh_id(), 50_000_000
    sender = GrpcSender(service.grpc) if transport == "grpc" else HttpSender(service.http)
    body = raw.one_span(raw.attribute("big", raw.text(b"x" * size)), trace_id=trace_id)
    assert sender(TRACES, body).ok
    (span,) = stored(service, trace_id)
    assert len(span["attributes"]["big"]) == size


def test_ten_thousand_attributes_on_a_span(service: Service) -> None:
    wanted = {f"key {n}": f"value {n}" for n in range(10_000)}
    span = send(service, *(raw.attribute(k, raw.text(v)) for k, v in wanted.items()))
    assert span["attributes"] == wanted


@pytest.mark.parametrize("levels", [20, 1000, 20_000])
@pytest.mark.parametrize("nest", [raw.nested_arrays, raw.nested_maps])
def test_deep_nesting(service: Service, nest: Any, levels: int) -> None:
    span = send(service, raw.attribute("deep", nest(levels)))
    value = span["attributes"]["deep"]
    if levels > 100:
        # Beyond what protobuf's own parsers take, a container is kept as its bytes.
        kept = value[0] if isinstance(value, list) else value
        assert base64.b64decode(kept["bytesValue"]) in nest(levels)
        return
    for _ in range(levels):
        value = value["k"] if isinstance(value, dict) else value[0]
    assert value == "deep"


def test_neighbours_of_what_cannot_be_parsed_keep_their_maps(service: Service) -> None:
    plain = [raw.fresh_id() for _ in range(6)]
    bodies = [raw.one_span(raw.attribute("map", raw.nested_maps(2)), trace_id=i) for i in plain]
    # The first ones are written alone, and the others join while that lasts.
    deep = raw.attribute("deep", raw.nested_maps(500))
    bodies[:0] = [raw.one_span(deep, trace_id=raw.fresh_id()) for _ in range(4)]
    bodies += [raw.one_span(deep, trace_id=raw.fresh_id()) for _ in range(4)]
    sender = GrpcSender(service.grpc)
    with ThreadPoolExecutor(len(bodies)) as pool:
        assert all(answer.ok for answer in pool.map(lambda b: sender(TRACES, b), bodies))
    for trace_id in plain:
        (row,) = rows(service, "otel_traces", f"{trace_id:032x}")
        assert row["SpanAttributes"] == {"map": '{"k":{"k":"deep"}}'}


def test_nul_is_kept(service: Service) -> None:
    span = send(service, raw.attribute("a\0b", raw.text("c\0d")), name=b"n\0m")
    assert span["name"] == "n\0m"
    assert span["attributes"] == {"a\0b": "c\0d"}


def test_what_is_not_utf_8_is_stored_and_can_be_read(service: Service) -> None:
    span = send(service, raw.attribute(b"a\xffb", raw.text(b"c\xed\xa0\x80d\xfe")), name=b"n\xff")
    assert span["name"].startswith("n")
    ((key, value),) = span["attributes"].items()
    assert key.startswith("a")
    assert key.endswith("b")
    assert value.startswith("c")
    assert service.get("/api/traces?limit=200")[0] == 200
