"""What a search looked for and found, and what was embedded."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

from spanbridge_semconv.messages import documents, envelopes, flattened, places
from spanbridge_semconv.messages.assembled import pick
from spanbridge_semconv.messages.documents import Document
from spanbridge_semconv.messages.framework_blocks import first
from spanbridge_semconv.messages.jsontext import parse_container, parse_result
from spanbridge_semconv.messages.model import Embeddings, Event, Messages, Retrieval
from spanbridge_semconv.messages.reader import FAULTS

Attributes = Mapping[str, object]

_EVENTS = ("db.query.result", "db.search.result")
_QUERIES = ("query", "question", "search_query", "query_text", "text", "input", "q")
_FLOAT_BYTES = 4


def read_retrieval(
    attributes: Attributes, span_events: Iterable[Event] = (), *, retrieval: bool = False
) -> Retrieval | None:
    """The query and documents of a span; None when it is no search. Never raises.

    Args:
        attributes: the span's attributes as Python values.
        span_events: the span's events, in order.
        retrieval: the span is a search or a reranking. Then its payload is read too.
    """
    found: Retrieval | None = None
    with contextlib.suppress(*FAULTS):
        found = from_attributes(attributes, span_events)
    if retrieval:
        with contextlib.suppress(*FAULTS):
            found = _completed(found or Retrieval(None, []), attributes)
    return found


def from_attributes(attributes: Attributes, span_events: Iterable[Event]) -> Retrieval | None:
    """What attributes and events say that only searches have."""
    found = (
        _flattened(attributes, "retrieval.documents")
        or _flattened(attributes, "reranker.output_documents")
        or documents.listed(pick(attributes, places.RETRIEVED))
        or _from_events(span_events)
        or _ranked(attributes)
        or _flattened(attributes, "reranker.input_documents")
    )
    query = parse_result(pick(attributes, places.RETRIEVAL_QUERIES))
    query = query if isinstance(query, str) else None
    return Retrieval(query, found) if found or query is not None else None


def _completed(found: Retrieval, attributes: Attributes) -> Retrieval | None:
    query, docs = found.query, found.documents
    for place in places.PAYLOADS:
        if query is None:
            query = _query(parse_result(attributes.get(place.sent)))
        if not docs:
            docs = documents.listed(attributes.get(place.received)) or []
    return Retrieval(query, docs) if docs or query is not None else None


def _query(value: object) -> str | None:
    value = envelopes.sent(value)
    if isinstance(value, Mapping):
        texts = [text for text in value.values() if isinstance(text, str)]
        known = (value[name] for name in _QUERIES if isinstance(value.get(name), str))
        return next(known, texts[0] if len(value) == len(texts) == 1 else None)
    return value if isinstance(value, str) and value else None


def _flattened(attributes: Attributes, prefix: str) -> list[Document]:
    nodes = flattened.items(flattened.tree(attributes, prefix))
    members = (node.get("document") for node in nodes)
    found = (documents.document(m) for m in members if isinstance(m, Mapping))
    return [doc for doc in found if doc is not None]


def _from_events(span_events: Iterable[Event]) -> list[Document]:
    """Traceloop's vector stores: an event per document."""
    found: list[Document] = []
    for event in span_events:
        if event.name in _EVENTS:
            start = event.name + "."
            members = {k.removeprefix(start): v for k, v in event.attributes.items()}
            doc = documents.document(members)
            found += [doc] if doc is not None else []
    return found


def _ranked(attributes: Attributes) -> list[Document]:
    """The AI SDK's reranking: documents, and their order as ``{"originalIndex", "score"}``."""
    sent = parse_container(attributes.get("ai.documents"))
    order = parse_container(attributes.get("ai.ranking"))
    texts = sent if isinstance(sent, list) else []
    found: list[Document] = []
    for entry in map(parse_container, order if isinstance(order, list) else []):
        if not isinstance(entry, Mapping):
            continue
        at = entry.get("originalIndex", entry.get("index"))
        known = isinstance(at, int) and 0 <= at < len(texts)
        doc = documents.document(parse_result(texts[at]) if known else entry)
        score = documents.document({"score": entry.get("score", entry.get("relevanceScore"))})
        if doc is not None:
            found.append(doc | {"score": score["score"] if score is not None else None})
    return found


def read_embeddings(attributes: Attributes, messages: Messages) -> Embeddings | None:
    """What an embedding span embedded; None when it does not say. Never raises.

    Args:
        attributes: the span's attributes as Python values.
        messages: what :func:`~spanbridge_semconv.messages.read_messages` found on the span.
    """
    with contextlib.suppress(*FAULTS):
        return embeddings(attributes, messages)
    return None


def embeddings(attributes: Attributes, messages: Messages) -> Embeddings | None:
    """As :func:`read_embeddings`, without its net."""
    texts = _texts(attributes) or [
        part["content"]
        for said in messages.input
        for part in said["parts"]
        if part["type"] == "text"
    ]
    for place in places.PAYLOADS:
        texts = texts or _payload_texts(parse_result(attributes.get(place.sent)))
    vectors = _vectors(attributes)
    given = _count(pick(attributes, places.EMBEDDING_DIMENSIONS))
    count, dimension = len(vectors), next(iter(vectors), None)
    for place in places.PAYLOADS:
        if not count:
            count, dimension = _payload_vectors(parse_result(attributes.get(place.received)))
    if not texts and not count and given is None:
        return None
    return Embeddings(texts, count or len(texts), given if dimension is None else dimension)


def _texts(attributes: Attributes) -> list[str]:
    value = pick(attributes, places.EMBEDDED_TEXTS)
    read = [parse_result(piece) for piece in (value if isinstance(value, list) else [value])]
    return [piece for piece in read if isinstance(piece, str)]


def _vectors(attributes: Attributes) -> list[int]:
    """The length of each vector that has an attribute, or an element of one, to itself."""
    nodes = flattened.items(flattened.tree(attributes, "embedding.embeddings"))
    members = (node.get("embedding") for node in nodes)
    found = [m.get("vector") for m in members if isinstance(m, Mapping)]
    value = parse_container(pick(attributes, places.EMBEDDINGS))
    if isinstance(value, list):
        found += [value] if value and isinstance(value[0], int | float) else value
    return [size for vector in found if (size := _length(vector))]


def _payload_texts(value: object) -> list[str]:
    """The texts of a request of a framework (Haystack, LlamaIndex)."""
    if not isinstance(value, Mapping):
        return []
    given = first(value, "text", "texts", "query")
    listed = given if isinstance(given, list) else [given]
    return [piece for piece in listed if isinstance(piece, str)]


def _payload_vectors(value: object) -> tuple[int, int | None]:
    """``(number, length)`` of the vectors of an answer."""
    if not isinstance(value, Mapping):
        return 0, None
    if {"count", "dimensions"} <= set(value):  # Langfuse
        return _count(value["count"]) or 0, _count(value["dimensions"])
    listed: Any = value.get("data", value.get("embeddings", value.get("embedding")))
    if isinstance(listed, list) and listed and isinstance(listed[0], int | float):
        listed = [listed]
    sizes = [
        size
        for piece in (listed if isinstance(listed, list) else [])
        if (size := _length(piece.get("embedding") if isinstance(piece, Mapping) else piece))
    ]
    return len(sizes), next(iter(sizes), None)


def _length(vector: object) -> int:
    """How many numbers a vector has: a list, its JSON, or base64 of 32-bit floats; 0 if none."""
    vector = parse_container(vector)
    if isinstance(vector, list):
        return len(vector)
    if not isinstance(vector, str):
        return 0
    try:
        return len(base64.b64decode(vector, validate=True)) // _FLOAT_BYTES
    except (binascii.Error, ValueError):
        return 0


def _count(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
