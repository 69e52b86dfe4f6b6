"""Which endpoint of OpenAI's API a request is for."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint whose requests are recorded.

    Attributes:
        api: ``chat``, ``completions``, ``responses``, ``embeddings`` or ``images``.
        operation: what ``gen_ai.operation.name`` says of it.
        span_type: one of MLflow's span types.
        api_type: what ``openai.api.type`` says of it; empty if the conventions have no word.
    """

    api: str
    operation: str
    span_type: str
    api_type: str = ""


CHAT: Final = Endpoint("chat", "chat", "CHAT_MODEL", "chat_completions")
COMPLETIONS: Final = Endpoint("completions", "text_completion", "LLM")
RESPONSES: Final = Endpoint("responses", "chat", "CHAT_MODEL", "responses")
EMBEDDINGS: Final = Endpoint("embeddings", "embeddings", "EMBEDDING")
IMAGES: Final = Endpoint("images", "generate_content", "LLM")

_ENDPOINTS: Final = {
    "chat/completions": CHAT,
    "completions": COMPLETIONS,
    "responses": RESPONSES,
    "embeddings": EMBEDDINGS,
    "images/generations": IMAGES,
    "images/edits": IMAGES,
    "images/variations": IMAGES,
}
# The shortest prefix first: a host, a version, a deployment of Azure.
_PATH: Final = re.compile(r"(?:[^?]*?/)??(" + "|".join(_ENDPOINTS) + r")/?(?:\?.*)?")


@functools.lru_cache(maxsize=256)
def endpoint_of(method: str, url: str) -> Endpoint | None:
    """The endpoint of a request; None if it is another than those recorded.

    Args:
        method: of HTTP, in any case.
        url: a path below the base URL, or a whole URL.
    """
    if method.lower() != "post":
        return None
    found = _PATH.fullmatch(url)
    return None if found is None else _ENDPOINTS[found[1]]
