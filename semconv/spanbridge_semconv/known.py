"""Which attribute keys the bridge reads, and which look as if it should."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv._generated.sources import SOURCES
from spanbridge_semconv.messages import places

_GENERAL: Final = frozenset(
    (
        *("browser", "client", "cloud", "code", "container", "db", "deployment", "enduser"),
        *("error", "event", "exception", "faas", "host", "http", "k8s", "messaging", "net"),
        *("network", "os", "otel", "peer", "process", "rpc", "server", "service", "source"),
        *("telemetry", "thread", "tls", "url", "user_agent"),
    )
)
"""First segments of OpenTelemetry's general conventions, which are not about GenAI."""
_WORDS: Final = re.compile(
    r"(?:^|[._:-])(?:llm|gen_?ai|ai|prompts?|completions?|tokens?|models?|agents?|tools?|embeddings?"
    r"|rerank\w*|retriev\w*|conversation|chat|messages?|usage|cost|reasoning|thinking)(?:$|[._:-])"
    r"|_(?:tokens?|model|cost)$|[a-z](?:Tokens?|Model|Cost)$"
)


_FLATTENED: Final = (
    *("llm.input_messages.*", "llm.output_messages.*", "llm.prompts.*", "llm.choices.*"),
    *("llm.tools.*", "message.*", "llm.request.functions.*", "embedding.embeddings.*"),
    *("retrieval.documents.*", "reranker.input_documents.*", "reranker.output_documents.*"),
    *("gen_ai.prompt.{i}.*", "gen_ai.completion.{i}.*", "input.images.*", "output.images.*"),
)
"""Content with an attribute for each leaf."""


def is_read(key: str, dialects: Iterable[str]) -> bool:
    """Whether a rule or a reader of messages looks at the attribute, or it is known to say nothing.

    Args:
        key: the attribute; it may have ``{i}`` where others have a number.
        dialects: those of the spans that have it. Common words (``input_tokens``) are read on
            spans of some dialects only.
    """
    exact, prefixes, somewhere = _read()
    if key in exact or key.startswith(prefixes):
        return True
    return key in somewhere and somewhere[key].issuperset(dialects)


def looks_like_genai(key: str) -> bool:
    """Whether a key is in the namespace of a dialect, or speaks of models, tokens and the like."""
    head = _head(key)
    if head in _namespaces():
        return True
    return head not in _GENERAL and _WORDS.search(key) is not None


@cache
def _read() -> tuple[frozenset[str], tuple[str, ...], Mapping[str, set[str]]]:
    """Keys that are read on all spans, what others begin with, and keys with their dialects."""
    names = [*_content_keys(), *_FLATTENED]
    somewhere: dict[str, set[str]] = {}
    for source in (source for sources in SOURCES.values() for source in sources):
        if source.origin not in ("key", "path", "indexed", "prefix"):
            continue
        name = f"{source.name}*" if source.origin == "prefix" else source.name
        if source.when is None or not source.when.dialects or name.endswith("*"):
            names.append(name)
        else:
            somewhere.setdefault(name, set()).update(source.when.dialects)
    names += [pattern for dialect in DIALECTS for pattern in dialect.ignored]
    exact = frozenset(name for name in names if not name.endswith("*"))
    prefixes = frozenset(name.removesuffix("*") for name in names if name.endswith("*"))
    return exact, tuple(prefixes), somewhere


def _content_keys() -> Iterator[str]:
    for payload in places.PAYLOADS:
        yield from (payload.sent, payload.received)
    for answer in places.ANSWERS:
        for keys in answer:
            yield from keys
    for table in (
        *(places.EVENT_LISTS, places.CONVERSATIONS, places.FINAL_ANSWERS, places.USER_TEXT),
        *(places.INSTRUCTIONS, places.TOOL_DEFINITIONS, places.ARGUMENTS, places.NAMED_ARGUMENTS),
        *(places.RESULTS, places.RETRIEVAL_QUERIES, places.RETRIEVED, places.EMBEDDED_TEXTS),
        *(places.EMBEDDINGS, places.EMBEDDING_DIMENSIONS),
    ):
        yield from table
    yield from ("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions")
    yield "gen_ai.tool.definitions"


@cache
def _namespaces() -> frozenset[str]:
    keys = [key for dialect in DIALECTS for key in dialect.keys]
    return frozenset(_head(key) for key in keys if _head(key) != key)


def _head(key: str) -> str:
    return re.split("[.:]", key, maxsplit=1)[0]
