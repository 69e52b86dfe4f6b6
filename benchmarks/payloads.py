"""Requests to measure with: GenAI chat spans of a given size, 19 attributes each."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.any_value import to_proto

SIZES = {"small": 500, "typical": 3_000, "large": 50_000}
"""Bytes of one encoded span, about."""

_WORDS = ("the", "quick", "brown", "fox", "model", "prompt", "weather", "paris", "token", "tool")
_FIXED_BYTES = 850

TRACE_ID_MARK = b"first trace id.."
"""The trace id of the first span of every request: to be replaced, so that requests differ."""


def _text(rng: random.Random, length: int) -> str:
    words: list[str] = []
    size = 0
    while size < length:
        word = f"{rng.choice(_WORDS)}{rng.randint(0, 99)}"
        words.append(word)
        size += len(word) + 1
    return " ".join(words)[:length]


def _message(role: str, content: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": content}]}])


def _attributes(rng: random.Random, content: int) -> Mapping[str, object]:
    question, answer = _text(rng, content // 2), _text(rng, content // 2)
    attributes: dict[str, object] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.response.model": "gpt-5-2026-01-01",
        "gen_ai.response.id": f"chatcmpl-{rng.randbytes(12).hex()}",
        "gen_ai.usage.input_tokens": rng.randint(1, 9999),
        "gen_ai.usage.output_tokens": rng.randint(1, 999),
        "gen_ai.request.temperature": 0.2,
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.conversation.id": rng.randbytes(8).hex(),
        "user.id": f"user-{rng.randint(0, 1000)}",
        "server.address": "api.openai.com",
        "server.port": 443,
    }
    if content > 0:
        attributes |= {
            "gen_ai.usage.cache_read.input_tokens": 1,
            "gen_ai.request.max_tokens": 512,
            "gen_ai.request.stream": True,
            "http.route": "/chat",
            "gen_ai.input.messages": _message("user", question),
            "gen_ai.output.messages": _message("assistant", answer),
        }
    return attributes


def request(rng: random.Random, spans: int, size: int) -> bytes:
    """One serialized request with ``spans`` spans of about ``size`` bytes each, ids unique."""
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "benchmark"
    scope = resource.scope_spans.add()
    scope.scope.name = "opentelemetry.instrumentation.genai.openai"
    now = time.time_ns()
    for n in range(spans):
        span = scope.spans.add(
            trace_id=rng.randbytes(16) if n else TRACE_ID_MARK,
            span_id=rng.randbytes(8),
            name="chat gpt-5",
            kind=3,
            flags=0x101,
            start_time_unix_nano=now + n * 1000,
            end_time_unix_nano=now + n * 1000 + rng.randint(10**6, 10**9),
        )
        for key, value in _attributes(rng, max(0, size - _FIXED_BYTES)).items():
            span.attributes.add(key=key, value=to_proto(value))
    return message.SerializeToString()
