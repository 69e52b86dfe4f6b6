"""What came over gRPC, read: messages and questions."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf.message import DecodeError

from spanbridge_ingest.jaeger.messages import MESSAGES
from spanbridge_ingest.jaeger.question import MAX_DEPTH, TraceQuestion
from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.retranslate.values import from_proto
from spanbridge_semconv import attribute_text

MAX_IDS: Final = 10_000
"""Traces that are asked for by one request."""

_NS: Final = 1_000_000_000
_ID_BYTES: Final = 16


def parse(name: str, body: bytes) -> Any:
    """The message in ``body``.

    Raises:
        BadQueryError: it is none.
    """
    try:
        return MESSAGES[name].FromString(body)
    except DecodeError:
        raise BadQueryError(f"the request is no {name}") from None


def trace_ids(request: Any) -> list[str]:
    """The traces that ``GetTraces`` asks for.

    Raises:
        BadQueryError: an id is malformed, or there are too many.
    """
    if len(request.query) > MAX_IDS:
        raise BadQueryError(
            f"{len(request.query)} traces are asked for", f"ask for at most {MAX_IDS}"
        )
    found = [bytes(one.trace_id) for one in request.query]
    if any(len(one) != _ID_BYTES for one in found):
        raise BadQueryError(f"a trace id is not {_ID_BYTES} bytes long")
    return [one.hex() for one in found]


def question(request: Any, *, pages: bool = True) -> TraceQuestion:
    """The search that a ``Find...`` request asks for.

    Args:
        request: the request.
        pages: whether it may ask for a page. There is a first page only: the capabilities do not
            say that there were more.

    Raises:
        BadQueryError: it cannot be answered.
    """
    query = request.query
    depth = query.search_depth
    if query.HasField("pagination"):
        depth = _page_size(query, pages)
    if query.filter:
        raise BadQueryError(
            "structured filters are not known here", "ask by service, operation and attributes"
        )
    return TraceQuestion(
        service=query.service_name,
        operation=query.operation_name,
        attributes=tuple(
            (pair.key, attribute_text(from_proto(pair.value))) for pair in query.attributes
        ),
        start_min=moment(query, "start_time_min"),
        start_max=moment(query, "start_time_max"),
        duration_min=_length(query, "duration_min"),
        duration_max=_length(query, "duration_max"),
        depth=depth,
    ).checked()


def _page_size(query: Any, pages: bool) -> int:
    if not pages:
        raise BadQueryError("whole traces do not come in pages", "give a search depth")
    if query.search_depth:
        raise BadQueryError("a page and a search depth are asked for", "give one of them")
    if query.pagination.page_token:
        raise BadQueryError("searches have one page here", "ask for a larger one, or less time")
    size: int = query.pagination.page_size
    if not size:
        raise BadQueryError("the page has no size", "it is 1 or more")
    return min(size, MAX_DEPTH)


def moment(message: Any, field: str) -> int | None:
    """A time in ns since the epoch; None if it is not set.

    Go's zero time, in the year 1, is not set either.
    """
    if not message.HasField(field):
        return None
    value = getattr(message, field)
    nanos: int = value.seconds * _NS + value.nanos
    return nanos if nanos >= 0 else None


def _length(message: Any, field: str) -> int | None:
    """A duration in ns; None if it is not set. Jaeger sends zero for a duration that is not."""
    if not message.HasField(field):
        return None
    value = getattr(message, field)
    nanos: int = value.seconds * _NS + value.nanos
    if nanos < 0:
        raise BadQueryError(f"{field} is negative")
    return min(nanos, 2**64 - 1) or None
