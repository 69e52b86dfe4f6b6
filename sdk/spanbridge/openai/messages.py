"""Bodies as messages of the OpenTelemetry GenAI conventions."""

from __future__ import annotations

from spanbridge.openai.endpoints import EMBEDDINGS, IMAGES, Endpoint
from spanbridge.openai.facts import Body, objects, text
from spanbridge.quick_messages import quickly
from spanbridge_semconv.messages import Messages, bodies
from spanbridge_semconv.messages.model import Message, Part, blob, media, message
from spanbridge_semconv.messages.model import text as text_part


def request_messages(endpoint: Endpoint, body: Body) -> Messages:
    """What a request says; nothing for embeddings, for which the conventions have no messages."""
    if endpoint is EMBEDDINGS:
        return Messages()
    with quickly():
        return bodies.request(body, sure=True) or Messages()


def response_messages(endpoint: Endpoint, body: Body) -> list[Message]:
    """What a response says, one message per choice."""
    if endpoint is EMBEDDINGS:
        return []
    if endpoint is IMAGES:
        return _images(body)
    with quickly():
        return bodies.response(body) or []


def _images(body: Body) -> list[Message]:
    parts: list[Part] = []
    for image in objects(body.get("data")):
        if revised := text(image.get("revised_prompt")):
            parts.append(text_part(revised))
        if url := text(image.get("url")):
            parts.append(media(url, "image"))
        elif data := text(image.get("b64_json")):
            form = text(body.get("output_format"))
            parts.append(blob(data, "image", f"image/{form}" if form else None))
    return [message("assistant", parts)] if parts else []
