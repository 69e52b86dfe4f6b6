"""The parameters of Jaeger's query API, of version 3 and of the older one."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Final

import orjson
from starlette.datastructures import QueryParams

from spanbridge_ingest.jaeger.question import DEFAULT_DEPTH, TraceQuestion
from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.query.reading import valid_trace_id
from spanbridge_ingest.query.times import parse_time

MAX_IDS: Final = 500

_UNITS_NS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # the micro sign
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_UNIT: Final = "|".join(_UNITS_NS)
_NUMBER: Final = r"\d{1,18}(?:\.\d{0,9})?|\.\d{1,9}"
_PART: Final = re.compile(rf"({_NUMBER})({_UNIT})", re.ASCII)
_DURATION: Final = re.compile(rf"(?:(?:{_NUMBER})(?:{_UNIT}))+", re.ASCII)
_HEX: Final = re.compile("[0-9a-f]{1,32}", re.ASCII)
_US: Final = 1_000
_MS: Final = 1_000_000
_DAY_MS: Final = 86_400_000
_LOOKBACK_NS: Final = 2 * _DAY_MS * _MS
"""How far the older search looks back unless it is told: Jaeger's own default."""


def question_v3(parameters: QueryParams) -> TraceQuestion:
    """The search of ``/api/v3/traces``.

    Raises:
        BadQueryError: a parameter is missing, malformed or out of range.
    """

    def given(camel: str, snake: str) -> str:
        return parameters.get(f"query.{camel}") or parameters.get(f"query.{snake}") or ""

    times = {
        name: parse_time(f"query.{name}", given(name, snake) or None)
        for name, snake in (("startTimeMin", "start_time_min"), ("startTimeMax", "start_time_max"))
    }
    if None in times.values():
        raise BadQueryError("query.startTimeMin and query.startTimeMax are required")
    depth = given("searchDepth", "search_depth") or given("numTraces", "num_traces")
    return TraceQuestion(
        service=given("serviceName", "service_name"),
        operation=given("operationName", "operation_name"),
        attributes=_members("query.attributes", [parameters.get("query.attributes") or ""]),
        start_min=times["startTimeMin"],
        start_max=times["startTimeMax"],
        duration_min=_duration("query.durationMin", given("durationMin", "duration_min")),
        duration_max=_duration("query.durationMax", given("durationMax", "duration_max")),
        depth=_whole("query.searchDepth", depth, DEFAULT_DEPTH),
    ).checked()


def question_older(parameters: QueryParams) -> TraceQuestion:
    """The search of the older ``/api/traces``.

    Raises:
        BadQueryError: a parameter is malformed or out of range.
    """
    now = time.time_ns()
    tags = [_pair(tag) for tag in parameters.getlist("tag")]
    return TraceQuestion(
        service=parameters.get("service", ""),
        operation=parameters.get("operation", ""),
        attributes=(*tags, *_members("tags", parameters.getlist("tags"))),
        start_min=_whole("start", parameters.get("start", ""), (now - _LOOKBACK_NS) // _US) * _US,
        start_max=_whole("end", parameters.get("end", ""), now // _US) * _US,
        duration_min=_duration("minDuration", parameters.get("minDuration", "")),
        duration_max=_duration("maxDuration", parameters.get("maxDuration", "")),
        depth=_whole("limit", parameters.get("limit", ""), DEFAULT_DEPTH),
    ).checked()


def dependency_times(parameters: QueryParams) -> tuple[int, int]:
    """Start and end, in ns, of ``/api/dependencies``.

    Raises:
        BadQueryError: a parameter is malformed.
    """
    end = _whole("endTs", parameters.get("endTs", ""), time.time_ns() // _MS)
    lookback = _whole("lookback", parameters.get("lookback", ""), _DAY_MS)
    return max(end - lookback, 0) * _MS, end * _MS


def trace_ids(texts: Sequence[str]) -> list[str]:
    """Ids of traces; Jaeger leaves out zeros in front.

    Raises:
        BadQueryError: one is malformed, or there are too many.
    """
    if len(texts) > MAX_IDS:
        raise BadQueryError(f"{len(texts)} traces are asked for", f"ask for at most {MAX_IDS}")
    lowered = [text.lower() for text in texts]
    return [valid_trace_id(text.zfill(32) if _HEX.fullmatch(text) else text) for text in lowered]


def _members(name: str, texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The members of JSON objects whose values are texts."""
    found: dict[str, str] = {}
    for text in filter(None, texts):
        try:
            value = orjson.loads(text)
        except ValueError:
            value = None
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise BadQueryError(f"{name} is no JSON object of texts", '{"error": "true"}')
        found |= value
    return tuple(found.items())


def _pair(tag: str) -> tuple[str, str]:
    key, colon, value = tag.partition(":")
    if not colon:
        raise BadQueryError("tag is malformed", "give key:value")
    return key, value


def _whole(name: str, text: str, default: int) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 16):
        raise BadQueryError(f"{name} is no whole number")
    return int(text)


def _duration(name: str, text: str) -> int | None:
    """A duration as Go writes it, ``1.5s`` or ``2m30s``, in ns; None if it is absent or zero."""
    if text in ("", "0"):
        return None
    if _DURATION.fullmatch(text) is None:
        raise BadQueryError(f"{name} is no duration", "give for example 150ms or 1m30s")
    nanos = sum(
        (int(whole or 0) * 10**9 + int((part or "").ljust(9, "0"))) * _UNITS_NS[unit] // 10**9
        for number, unit in _PART.findall(text)
        for whole, _, part in [number.partition(".")]
    )
    return min(nanos, 2**63 - 1) or None
