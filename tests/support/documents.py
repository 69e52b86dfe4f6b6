"""Trace documents for tests, with every key a real one has."""

from __future__ import annotations

from typing import Any

START_NS = 1_800_000_000_000_000_000
MS = 1_000_000
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


def usage(
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    *,
    cache_read: int | None = None,
    cache_write: int | None = None,
    reasoning: int | None = None,
) -> dict[str, int | None]:
    return {
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "total_tokens": (input_tokens or 0) + (output_tokens or 0),
        "cache_read_tokens": cache_read,
        "cache_write_tokens": cache_write,
        "reasoning_tokens": reasoning,
    }


def span(
    span_id: str,
    parent: str = "",
    name: str = "work",
    *,
    at_ms: float = 0,
    for_ms: float = 100,
    **values: Any,
) -> dict[str, Any]:
    """A span of a trace document; ``values`` replace what a plain span has."""
    start = START_NS + int(at_ms * MS)
    document: dict[str, Any] = {
        "span_id": span_id,
        "parent_span_id": parent,
        "name": name,
        "kind": "INTERNAL",
        "start_time_unix_nano": start,
        "end_time_unix_nano": start + int(for_ms * MS),
        "status": {"code": "UNSET", "message": ""},
        "usage": None,
        "usage_counted": False,
        "model_call": False,
        "cost_usd": None,
    }
    for key in ("dialect", "span_type", "operation", "provider", "request_model"):
        document[key] = ""
    for key in ("response_model", "tool_name", "agent_name", "error_type"):
        document[key] = ""
    return document | values


def trace(*spans: dict[str, Any], **values: Any) -> dict[str, Any]:
    """A trace document around ``spans``; ``values`` replace what a plain one has."""
    document: dict[str, Any] = {
        "trace_id": TRACE_ID,
        "name": spans[0]["name"] if spans else "",
        "start_time_unix_nano": START_NS,
        "end_time_unix_nano": START_NS + 620 * MS,
        "status": "OK",
        "state": "OK",
        "service_name": "shop",
        "session_id": "",
        "user_id": "",
        "experiment_id": "",
        "run_id": "",
        "client_request_id": "",
        "request_preview": "",
        "response_preview": "",
        "tags": {},
        "metadata": {},
        "model_calls": 0,
        "usage": None,
        "cost_usd": None,
        "cost_unknown_calls": 0,
        "assessments": [],
        "spans": list(spans),
    }
    return document | values


def agent_trace() -> dict[str, Any]:
    """An agent that calls a model, a tool that fails, and the model again."""
    model = {"span_type": "CHAT_MODEL", "model_call": True, "usage_counted": True}
    model["response_model"] = "gpt-fake-2026-01-01"
    failed = {"status": {"code": "ERROR", "message": "no such city"}, "error_type": "LookupError"}
    return trace(
        span("a1", name="invoke_agent guide", for_ms=620, span_type="AGENT", usage=usage(138, 26)),
        span("b1", "a1", "chat gpt-fake", at_ms=1, for_ms=200, usage=usage(57, 17), **model),
        span("c1", "a1", "execute_tool weather", at_ms=210, for_ms=0.4, span_type="TOOL", **failed),
        span("d1", "c1", "GET", at_ms=210.1, for_ms=0.2),
        span(
            "b2",
            "a1",
            "chat gpt-fake",
            at_ms=220,
            for_ms=399.6,
            usage=usage(81, 9, cache_read=64, reasoning=4),
            cost_usd=0.0012,
            **model,
        ),
        model_calls=2,
        usage=usage(138, 26, cache_read=64, reasoning=4),
        cost_usd=0.0012,
        session_id="c-1",
    )
