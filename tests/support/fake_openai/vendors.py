"""The differences between those who offer OpenAI's interface, as far as a client can see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Vendor:
    """Whose server a base URL belongs to."""

    name: str
    prefix: str
    """The path of the base URL."""
    own_model_name: bool = False
    """Replies name the model as the request did, not a dated snapshot of it."""
    usage_details: bool = True
    """Usage says how many tokens were cached and reasoned."""
    usage_always: bool = False
    """The last chunk of every stream has usage."""
    filters: bool = False
    """Streams begin with a chunk without choices."""
    fingerprint: str = "fp_fake"


OPENAI = Vendor("openai", "/v1")
OLLAMA = Vendor("ollama", "/v1", own_model_name=True, usage_details=False, fingerprint="fp_ollama")
FIREWORKS = Vendor("fireworks", "/inference/v1", own_model_name=True, usage_always=True)
AZURE = Vendor("azure", "/openai/deployments", filters=True)


def place(path: str, host: str) -> tuple[Vendor, str]:
    """Whose server a request goes to, and the path below the base URL.

    Args:
        path: of the request, without its query.
        host: of the request, with its port.
    """
    if path.startswith(AZURE.prefix + "/"):
        return AZURE, "/" + path.removeprefix(AZURE.prefix + "/").partition("/")[2]
    if path.startswith(FIREWORKS.prefix + "/"):
        return FIREWORKS, path.removeprefix(FIREWORKS.prefix)
    if host.endswith(":11434"):
        return OLLAMA, path.removeprefix(OLLAMA.prefix)
    return OPENAI, path.removeprefix(OPENAI.prefix)


def in_their_words(reply: Body, body: Body, vendor: Vendor) -> Body:
    """A reply with the model's name and the usage as the vendor gives them."""
    if vendor.own_model_name:
        reply["model"] = body["model"]
    if not vendor.usage_details and reply.get("usage"):
        usage = reply["usage"]
        reply["usage"] = {k: v for k, v in usage.items() if not k.endswith("_details")}
    return reply
