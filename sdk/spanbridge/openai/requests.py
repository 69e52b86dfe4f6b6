"""What a request body asks for, in the words of the GenAI conventions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanbridge.openai.endpoints import EMBEDDINGS, IMAGES, Endpoint
from spanbridge.openai.facts import Body, RequestFacts, member, objects, text

_NUMBERS: Final = {
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "presence_penalty": "gen_ai.request.presence_penalty",
}
_COUNTS: Final = {
    "top_k": "gen_ai.request.top_k",
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "max_output_tokens": "gen_ai.request.max_tokens",
    "seed": "gen_ai.request.seed",
    "n": "gen_ai.request.choice.count",
    "dimensions": "gen_ai.embeddings.dimension.count",
}
_OUTPUT_TYPES: Final = {"json_schema": "json", "json_object": "json", "text": "text"}


def request_facts(endpoint: Endpoint, body: Body) -> RequestFacts:
    """What a request body says; what it leaves out is left out."""
    return RequestFacts(
        model=text(body.get("model")),
        parameters=_parameters(endpoint, body),
        streams=body.get("stream") is True,
        tools=tuple(objects(body.get("tools")) or objects(body.get("functions"))),
    )


def _parameters(endpoint: Endpoint, body: Body) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, key in _NUMBERS.items():
        value = body.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found[key] = float(value)
    for name, key in _COUNTS.items():
        value = body.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            found[key] = value
    stop = body.get("stop")
    stops = [stop] if isinstance(stop, str) else stop
    if isinstance(stops, list) and stops and all(isinstance(one, str) for one in stops):
        found["gen_ai.request.stop_sequences"] = stops
    if body.get("stream") is True:
        found["gen_ai.request.stream"] = True
    conversation = body.get("conversation")
    named = {
        "gen_ai.request.reasoning.level": (
            body.get("reasoning_effort") or member(body, "reasoning", "effort")
        ),
        "gen_ai.output.type": _output_type(endpoint, body),
        "gen_ai.prompt.name": member(body, "prompt", "id"),
        "gen_ai.prompt.version": member(body, "prompt", "version"),
        "gen_ai.conversation.id": (
            conversation if isinstance(conversation, str) else member(conversation, "id")
        ),
        "openai.request.service_tier": body.get("service_tier"),
        "openai.api.type": endpoint.api_type,
    }
    found.update((key, value) for key, value in named.items() if value and isinstance(value, str))
    encoding = body.get("encoding_format")
    if endpoint is EMBEDDINGS and isinstance(encoding, str):
        found["gen_ai.request.encoding_formats"] = [encoding]
    return found


def _output_type(endpoint: Endpoint, body: Body) -> str:
    if endpoint is IMAGES:
        return "image"
    modalities = body.get("modalities")
    if isinstance(modalities, list) and "audio" in modalities:
        return "speech"
    form = body.get("response_format") or member(body, "text", "format")
    kind = form.get("type") if isinstance(form, Mapping) else None
    return _OUTPUT_TYPES.get(kind, "") if isinstance(kind, str) else ""
