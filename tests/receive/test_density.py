from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.errors import TooLargeError
from spanbridge_ingest.receive import density
from spanbridge_ingest.receive.density import check_density
from tests.support.command import CORPUS

ATTACKS = [
    b"\x12\x00",  # an empty ScopeSpans, two bytes each
    b"\x12\x02\x12\x00",  # with an empty span in it
    b"\x12\x03\x1a\x01x",
]


@pytest.mark.parametrize("unit", ATTACKS)
def test_a_request_of_nothing_but_tiny_messages_is_refused(unit: bytes):
    with pytest.raises(TooLargeError, match=r"more than 23107\d fields of .*in parts"):
        check_density(unit * ((2 << 20) // len(unit)))


def test_recorded_telemetry_has_half_of_what_is_allowed_at_most(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(density, "TINY_ALLOWANCE", 0)
    monkeypatch.setattr(density, "BYTES_PER_TINY", 32)
    recordings = sorted(CORPUS.glob("*/*.binpb"))
    assert recordings
    for recording in recordings:
        check_density(recording.read_bytes())


def test_many_minimal_spans_pass():
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for number in range(50_000):
        span = spans.add(trace_id=b"\x01" * 16, span_id=number.to_bytes(8, "big"), name="a")
        span.start_time_unix_nano = span.end_time_unix_nano = 1
        span.status.SetInParent()
        span.attributes.add().value.SetInParent()
    check_density(request.SerializeToString())


@given(
    st.binary(max_size=60).map(lambda noise: noise + b"\x0a\x00\x7a\x03\x12\x04"),
    st.integers(1, 9),
)
def test_fields_are_counted_exactly_wherever_the_windows_end(payload: bytes, window: int):
    pairs = itertools.pairwise(payload)
    count = sum(tag & 7 == 2 and 8 <= tag < 128 and length < 4 for tag, length in pairs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(density, "BYTES_PER_TINY", 1 << 30)
        patch.setattr(density, "_WINDOW", window)
        patch.setattr(density, "TINY_ALLOWANCE", count)
        check_density(payload)
        patch.setattr(density, "TINY_ALLOWANCE", count - 1)
        with pytest.raises(TooLargeError):
            check_density(payload)
