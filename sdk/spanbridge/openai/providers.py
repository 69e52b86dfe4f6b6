"""Who serves the model, told by the URL requests go to.

Providers are spelled as ``spanbridge_semconv/registry/vocabularies.yaml`` has them, which is how
the OpenTelemetry GenAI conventions do for those they know.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Server:
    """Where requests go.

    Attributes:
        provider: as ``gen_ai.provider.name`` spells it.
        address: the host; empty if the URL has none.
        port: its port, the scheme's own if the URL names none.
    """

    provider: str
    address: str
    port: int


_AZURE: Final = "azure.ai.openai"
_BY_DOMAIN: Final = {
    "api.openai.com": "openai",
    "openai.azure.com": _AZURE,
    "openai.azure.us": _AZURE,
    "openai.azure.cn": _AZURE,
    "cognitiveservices.azure.com": _AZURE,
    "services.ai.azure.com": "azure.ai.inference",
    "models.ai.azure.com": "azure.ai.inference",
    "inference.ai.azure.com": "azure.ai.inference",
    "models.github.ai": "azure.ai.inference",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "anthropic.com": "anthropic",
    "cerebras.ai": "cerebras",
    "cohere.ai": "cohere",
    "cohere.com": "cohere",
    "azuredatabricks.net": "databricks",
    "databricks.com": "databricks",
    "databricks.net": "databricks",
    "deepinfra.com": "deepinfra",
    "deepseek.com": "deepseek",
    "fireworks.ai": "fireworks_ai",
    "groq.com": "groq",
    "huggingface.co": "hugging_face",
    "huggingface.cloud": "hugging_face",
    "ml.cloud.ibm.com": "ibm.watsonx.ai",
    "mistral.ai": "mistral_ai",
    "moonshot.ai": "moonshot_ai",
    "moonshot.cn": "moonshot_ai",
    "ollama.com": "ollama",
    "openrouter.ai": "openrouter",
    "perplexity.ai": "perplexity",
    "sambanova.ai": "sambanova",
    "together.ai": "together_ai",
    "together.xyz": "together_ai",
    "x.ai": "x_ai",
}
_BY_SHAPE: Final = (
    (re.compile(r"bedrock[^.]*\..*\.(?:amazonaws\.com(?:\.cn)?|api\.aws)"), "aws.bedrock"),
    (re.compile(r"(?:.+-)?aiplatform\.googleapis\.com"), "gcp.vertex_ai"),
)
_BY_PORT: Final = {11434: "ollama", 8000: "vllm"}
"""Servers of one's own, by the ports they listen on unless told otherwise."""
_BY_NAME: Final = frozenset(_BY_PORT.values())
_DEFAULT: Final = "openai"
"""The API is OpenAI's; of a gateway nobody knows, no more can be said."""


@functools.lru_cache(maxsize=256)
def server_of(url: str, *, azure: bool = False) -> Server:
    """The server at a URL.

    Args:
        url: a base URL.
        azure: the client is one for Azure, whatever the host is called.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    try:
        port = parts.port
    except ValueError:
        port = None
    if port is None:
        port = 80 if parts.scheme == "http" else 443
    return Server(_AZURE if azure else _provider(host, port, parts.path), host, port)


def _provider(host: str, port: int, path: str) -> str:
    labels = host.split(".")
    for start in range(len(labels) - 1):
        found = _BY_DOMAIN.get(".".join(labels[start:]))
        if found == "azure.ai.inference" and path.startswith("/openai"):
            return _AZURE
        if found is not None:
            return found
    shaped = next((found for shape, found in _BY_SHAPE if shape.fullmatch(host)), None)
    if shaped is not None:
        return shaped
    if _is_private(host):
        named = next((label for label in labels if label in _BY_NAME), None)
        return named or _BY_PORT.get(port, _DEFAULT)
    return _DEFAULT


def _is_private(host: str) -> bool:
    """Whether a host is this machine or in a network of one's own."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost", ".lan"))
    return address.is_loopback or address.is_private or address.is_unspecified
