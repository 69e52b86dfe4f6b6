"""What a response body says of itself, in the words of the GenAI conventions."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

from spanbridge.openai.endpoints import CHAT, COMPLETIONS, EMBEDDINGS, RESPONSES, Endpoint
from spanbridge.openai.facts import Body, Failure, ResponseFacts, member, objects, text
from spanbridge.openai.token_usage import TokenUsage, token_usage
from spanbridge_semconv.messages import openai_responses

_TOOL_CALLS: Final = ("function_call", "custom_tool_call")
_FLOAT_BYTES: Final = 4
_IMAGES: Final = ("b64_json", "partial_image_b64")
_IMAGE_CALL: Final = "image_generation_call"
_NO_KIND: Final = ("", "error")
INLINE_IMAGE: Final = 64 * 1024
"""As many characters of an image's base64 are kept; more would be the greatest part of a trace."""


def response_facts(endpoint: Endpoint, body: Body) -> ResponseFacts:
    """What a response body says; what it leaves out is left out."""
    return ResponseFacts(
        model=text(body.get("model")),
        response_id=text(body.get("id")),
        finish_reasons=_finish_reasons(endpoint, body),
        usage=_usage(endpoint, body),
        failure=failure_of(body),
        properties=_properties(endpoint, body),
    )


def failure_of(body: Body) -> Failure | None:
    """What a body, or an event of a stream, says went wrong."""
    error = body.get("error")
    status = body.get("status")
    if not isinstance(error, Mapping):
        if body.get("type") == "error":
            error = body  # an event of the Responses API
        elif isinstance(error, str) and error:
            error = {"message": error}
        elif status in ("failed", "cancelled"):
            error = {"code": status, "message": f"the response has the status {status}"}
        else:
            return None
    kinds = (error.get("code"), error.get("type"), "APIError")
    kind = next(str(one) for one in kinds if isinstance(one, str | int) and one not in _NO_KIND)
    return Failure(kind, text(error.get("message")) or "the response names no reason")


def _finish_reasons(endpoint: Endpoint, body: Body) -> tuple[str, ...]:
    if endpoint is RESPONSES:
        if body.get("status") in (None, "in_progress", "queued"):
            return ()
        called = any(item.get("type") in _TOOL_CALLS for item in objects(body.get("output")))
        return (openai_responses.finish(body, called),)
    found = (choice.get("finish_reason") for choice in objects(body.get("choices")))
    return tuple(reason for reason in found if isinstance(reason, str) and reason)


def _usage(endpoint: Endpoint, body: Body) -> TokenUsage | None:
    # Groq streams its usage in an object of its own.
    value = body.get("usage") or member(body, "x_groq", "usage")
    return token_usage(value, endpoint.span_type)


def _properties(endpoint: Endpoint, body: Body) -> dict[str, Any]:
    conversation = body.get("conversation")
    named: dict[str, Any] = {
        "openai.response.service_tier": body.get("service_tier"),
        "openai.response.system_fingerprint": body.get("system_fingerprint"),
        "gen_ai.conversation.id": member(conversation, "id"),
    }
    found: dict[str, Any] = {
        key: value for key, value in named.items() if isinstance(value, str) and value
    }
    if endpoint is EMBEDDINGS:
        length = next((_length(one.get("embedding")) for one in objects(body.get("data"))), 0)
        if length:
            found["gen_ai.embeddings.dimension.count"] = length
    return found


def _length(vector: object) -> int:
    """How many numbers a vector has: a list, or base64 of 32-bit floats."""
    if isinstance(vector, list):
        return len(vector)
    try:
        return len(base64.b64decode(text(vector), validate=True)) // _FLOAT_BYTES
    except (binascii.Error, ValueError):
        return 0


def recorded(endpoint: Endpoint, body: Body) -> Body:
    """A response body as it is kept: without the vectors of embeddings and without large images."""
    if endpoint is EMBEDDINGS:
        kept = [
            {name: value for name, value in one.items() if name != "embedding"}
            for one in objects(body.get("data"))
        ]
        return {**body, "data": kept}
    return body if endpoint in (CHAT, COMPLETIONS) else without_large_images(body)


def without_large_images(body: Body) -> Body:
    """A body, or a chunk of a stream, that tells of large images only how large they are."""
    kept: Body = _without_large_images(body)
    return kept


def _without_large_images(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_large_images(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        is_image = name in _IMAGES or (name == "result" and value.get("type") == _IMAGE_CALL)
        if is_image and isinstance(inner, str) and len(inner) > INLINE_IMAGE:
            kept["left_out"] = f"{name}, {len(inner)} characters"
        else:
            kept[name] = _without_large_images(inner)
    return kept
