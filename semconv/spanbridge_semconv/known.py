"""Which attribute keys the bridge reads, and which look as if it should."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.messages.places import READ_KEYS
from spanbridge_semconv.patterns import is_key, literal_prefix

_GENERAL: Final = frozenset(
    "browser client cloud code container db deployment enduser error event exception faas host http "
    "k8s messaging net network os otel peer process rpc server service source telemetry thread tls "
    "url user_agent".split()
)
"""First segments of OpenTelemetry's general conventions, which are not about GenAI."""
_WORDS: Final = re.compile(
    r"(?:^|[._:-])(?:llm|gen_?ai|ai|prompts?|completions?|tokens?|models?|agents?|tools?|embeddings?"
    r"|rerank\w*|retriev\w*|conversation|chat|messages?|usage|cost|reasoning|thinking)(?:$|[._:-])"
    r"|_(?:tokens?|model|cost)$|[a-z](?:Tokens?|Model|Cost)$"
)


def is_read(key: str) -> bool:
    """Whether some rule or some reader of messages looks at the attribute.

    ``key`` may have ``{i}`` where others have a number.
    """
    exact, prefixes = _read()
    return key in exact or key.startswith(prefixes)


def looks_like_genai(key: str) -> bool:
    """Whether a key is in the namespace of a dialect, or speaks of models, tokens and the like."""
    head = re.split("[.:]", key, maxsplit=1)[0]
    if head in _namespaces():
        return True
    return head not in _GENERAL and _WORDS.search(key) is not None


@cache
def _read() -> tuple[frozenset[str], tuple[str, ...]]:
    names = [
        f"{source.name}*" if source.origin == "prefix" else source.name
        for sources in SOURCES.values()
        for source in sources
        if source.origin in ("key", "path", "indexed", "prefix")
    ]
    names += READ_KEYS
    exact = frozenset(name for name in names if is_key(name) or name.count("{i}") == 1)
    prefixes = tuple({literal_prefix(name) for name in names if name.endswith("*")})
    return exact, prefixes


@cache
def _namespaces() -> frozenset[str]:
    first: Callable[[str], str] = lambda key: re.split("[.:]", key, maxsplit=1)[0]  # noqa: E731
    return frozenset(
        first(key) for dialect in DIALECTS for key in dialect.keys if re.search("[.:]", key)
    )
