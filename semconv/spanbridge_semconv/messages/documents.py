"""Documents of every retriever and reranker, told by the names of their members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanbridge_semconv.messages import envelopes, langchain
from spanbridge_semconv.messages.framework_blocks import first
from spanbridge_semconv.messages.jsontext import parse_container

Document = dict[str, Any]

_IDS = ("id", "_id", "id_", "document_id", "doc_id", "chunk_id", "node_id")
_CONTENTS = ("content", "page_content", "pageContent", "text", "document", "chunk")
_SCORES = ("score", "relevance_score", "relevanceScore", "similarity")
_METADATA = ("metadata", "meta")
_LISTS = (
    "documents",
    "retrieved_documents",
    "source_documents",
    "docs",
    "results",
    "matches",
    "nodes",
    "chunks",
    "ranking",
    "data",
)
_DROPPED = frozenset(
    {"embedding", "sparse_embedding", "vector", "values", "sparse_values", "blob", "type"}
)
_KNOWN = frozenset(_IDS + _CONTENTS + _SCORES + _METADATA) | _DROPPED


def document(value: object) -> Document | None:
    """``{"id", "content", "score", "metadata"}`` of one document; None when it is none.

    Members without a name known here become metadata; vectors go.
    """
    value = parse_container(value)
    if isinstance(value, str) and value:
        return {"id": None, "content": value, "score": None, "metadata": {}}
    if not isinstance(value, Mapping):
        return None
    built = langchain.constructed(value)
    value = value if built is None else built[1]
    node = value.get("node", value.get("document"))
    if isinstance(node, Mapping):  # LlamaIndex, rerankers: the document beside its score
        value = {**{k: v for k, v in value.items() if v is not node}, **node}
    content = first(value, *_CONTENTS)
    score = _number(first(value, *_SCORES))
    name = first(value, *_IDS)
    if content is None and name is None and score is None:
        return None
    metadata = parse_container(first(value, *_METADATA))
    about = {k: v for k, v in value.items() if k not in _KNOWN and v is not None}
    about |= metadata if isinstance(metadata, Mapping) else {}
    return {
        "id": str(name) if isinstance(name, str | int) else None,
        "content": content,
        "score": score,
        "metadata": about,
    }


def _number(value: object) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Only what every JSON writer can spell.
    return float(value) if abs(value) < 1e308 else None


def listed(value: object) -> list[Document] | None:
    """The documents of a list, or of a body that has one; None when there is none."""
    value = envelopes.received(parse_container(value))
    if isinstance(value, Mapping):
        inner = first(value, *_LISTS)
        if not isinstance(inner, list):
            return None
        value = inner
    if not isinstance(value, list):
        return None
    found = [document(piece) for piece in value]
    return [doc for doc in found if doc is not None] if None not in found else None
