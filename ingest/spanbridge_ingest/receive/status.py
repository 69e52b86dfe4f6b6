"""The one mapping from errors to what a caller is told, over gRPC and over HTTP.

The rules are OTLP's: RESOURCE_EXHAUSTED without RetryInfo is final and with it is "slow down";
503 and 429 are retried and 500 is not, so a passing fault is never a 500.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Final

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from spanbridge_ingest.errors import (
    BusyError,
    InvalidRequestError,
    RequestError,
    RetryableRequestError,
    TooLargeError,
    UnavailableError,
    UnsupportedError,
)

_log = logging.getLogger(__name__)

STATUS_DETAILS_KEY: Final = "grpc-status-details-bin"
_UNKNOWN_FAULT_RETRY_S: Final = 1.0
_MAX_MESSAGE_CHARS: Final = 1024
"""A message travels in an HTTP/2 trailer, and clients refuse more than about 8 kB of those."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one kind of refusal looks like outside."""

    code: int
    """``google.rpc.Code``; gRPC uses the same numbers."""
    http_status: int
    outcome: str
    """The label in the service's own metrics."""


OK: Final = Row(code_pb2.OK, 200, "ok")
TABLE: Final[dict[type[RequestError], Row]] = {
    InvalidRequestError: Row(code_pb2.INVALID_ARGUMENT, 400, "invalid"),
    TooLargeError: Row(code_pb2.RESOURCE_EXHAUSTED, 413, "too_large"),
    UnsupportedError: Row(code_pb2.UNIMPLEMENTED, 415, "unsupported"),
    BusyError: Row(code_pb2.RESOURCE_EXHAUSTED, 429, "busy"),
    UnavailableError: Row(code_pb2.UNAVAILABLE, 503, "unavailable"),
}
_GRPC_CODES: Final = {int(code.value[0]): code for code in grpc.StatusCode}


@dataclass(frozen=True, slots=True)
class Answer:
    """A refusal, ready for either transport."""

    row: Row
    status: status_pb2.Status
    retry_after_s: int | None
    """Whole seconds, at least 1; None when the request must not be sent again."""

    @property
    def grpc_code(self) -> grpc.StatusCode:
        """The code of the gRPC status."""
        return _GRPC_CODES[self.row.code]

    @property
    def trailing_metadata(self) -> tuple[tuple[str, bytes], ...]:
        """The details, as gRPC clients look for them."""
        return ((STATUS_DETAILS_KEY, self.status.SerializeToString()),)


def as_request_error(error: Exception) -> RequestError:
    """The error itself, or UnavailableError for one nobody foresaw.

    What is not understood may pass; answering INTERNAL would make clients throw their spans away.
    The type is logged, never the message: it may quote the content of a span.
    """
    if isinstance(error, RequestError):
        return error
    _log.error("unexpected %s while a request was handled", type(error).__qualname__)
    return UnavailableError("the request could not be handled now", _UNKNOWN_FAULT_RETRY_S)


def row_of(error: RequestError) -> Row:
    """The table's row for an error or for the nearest of its bases."""
    for kind in type(error).__mro__:
        if kind in TABLE:
            return TABLE[kind]
    return TABLE[UnavailableError]


def answer_to(error: RequestError) -> Answer:
    """Everything a caller is told about a refused request."""
    row = row_of(error)
    message = str(error)[:_MAX_MESSAGE_CHARS]
    if isinstance(error, RetryableRequestError):
        retry_after_s = max(1, math.ceil(error.retry_after_s))
        info = error_details_pb2.RetryInfo()
        info.retry_delay.FromSeconds(retry_after_s)
        return Answer(row, _status(row.code, message, info), retry_after_s)
    if row.code == code_pb2.INVALID_ARGUMENT:
        bad = error_details_pb2.BadRequest()
        bad.field_violations.add(description=message)
        return Answer(row, _status(row.code, message, bad), None)
    return Answer(row, _status(row.code, message), None)


def _status(code: int, message: str, *details: Message) -> status_pb2.Status:
    status = status_pb2.Status(code=code, message=message)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status
