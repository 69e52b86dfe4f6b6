from __future__ import annotations

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from spanbridge_ingest import errors
from spanbridge_ingest.errors import (
    BusyError,
    InvalidRequestError,
    RequestError,
    TooLargeError,
    UnavailableError,
    UnsupportedError,
)
from spanbridge_ingest.receive.responses import export_response
from spanbridge_ingest.receive.status import TABLE, answer_to, as_request_error
from spanbridge_ingest.store.base import Signal

# OTLP: RESOURCE_EXHAUSTED may be retried with RetryInfo only; of HTTP, only 429, 502, 503 and 504.
RULES = [
    (InvalidRequestError("m"), grpc.StatusCode.INVALID_ARGUMENT, 400, None, "invalid"),
    (TooLargeError("m"), grpc.StatusCode.RESOURCE_EXHAUSTED, 413, None, "too_large"),
    (UnsupportedError("m"), grpc.StatusCode.UNIMPLEMENTED, 415, None, "unsupported"),
    (BusyError("m", 0.2), grpc.StatusCode.RESOURCE_EXHAUSTED, 429, 1, "busy"),
    (UnavailableError("m", 2.1), grpc.StatusCode.UNAVAILABLE, 503, 3, "unavailable"),
]


@pytest.mark.parametrize(("error", "code", "http", "retry_after", "outcome"), RULES)
def test_the_table(error, code, http, retry_after, outcome):
    answer = answer_to(error)
    assert (answer.grpc_code, answer.row.http_status) == (code, http)
    assert (answer.retry_after_s, answer.row.outcome) == (retry_after, outcome)
    [(key, details)] = answer.trailing_metadata
    assert key == "grpc-status-details-bin"
    status = status_pb2.Status.FromString(details)
    assert (status.code, status.message) == (code.value[0], "m")
    retry, bad = error_details_pb2.RetryInfo(), error_details_pb2.BadRequest()
    assert [detail.Unpack(retry) for detail in status.details] == (
        [] if retry_after is None and http != 400 else [retry_after is not None]
    )
    assert retry.retry_delay.seconds == (retry_after or 0)
    if http == 400:
        assert status.details[0].Unpack(bad)
        assert bad.field_violations[0].description == "m"


def test_every_kind_of_refusal_has_a_row():
    kinds = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, RequestError) and not kind.__subclasses__()
    }
    assert kinds == set(TABLE)


def test_what_nobody_foresaw_is_retryable_and_logs_no_content(caplog):
    refusal = as_request_error(ValueError("the content of a span"))
    assert isinstance(refusal, UnavailableError)
    assert "ValueError" in caplog.text
    assert "content" not in caplog.text + str(refusal)


def test_long_messages_fit_into_a_trailer():
    assert len(answer_to(InvalidRequestError("x" * 100_000)).trailing_metadata[0][1]) < 8000


@pytest.mark.parametrize("signal", list(Signal))
def test_success_is_an_empty_message_and_a_partial_one_says_what_and_why(signal):
    assert export_response(signal, {}).SerializeToString() == b""
    partial = export_response(signal, {"zero_trace_id": 1, "short_span_id": 2}).partial_success
    [(_, count), (_, message)] = partial.ListFields()
    assert count == 3
    assert "short_span_id (2), zero_trace_id (1)" in message


def test_the_number_of_reasons_in_a_message_is_bounded():
    rejected = {f"reason_{i}": 1 for i in range(1000)}
    response = export_response(Signal.TRACES, rejected)
    assert response.partial_success.rejected_spans == 1000
    assert len(response.partial_success.error_message) < 1000
    assert "980 more" in response.partial_success.error_message
