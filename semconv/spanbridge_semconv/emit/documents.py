"""Documents that a retrieval found, in the three target dialects.

OpenInference spreads them over attributes, OpenTelemetry has one JSON array, and for MLflow they
are the output of a span of type RETRIEVER.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanbridge_semconv.messages.flattened import items, tree
from spanbridge_semconv.messages.jsontext import parse_container
from spanbridge_semconv.text import attribute_text

Document = dict[str, Any]
"""Any of ``id``, ``content``, ``score``, ``metadata``, and whatever else the emitter wrote."""

FLATTENED: Final = "retrieval.documents."
LISTED: Final = "gen_ai.retrieval.documents"
_MLFLOW: Final = {"page_content": "content"}


def read_documents(attributes: Mapping[str, object], span_type: str) -> list[Document]:
    """The documents of a span in whichever place has them; empty if there are none."""
    listed = _objects(parse_container(attributes.get(LISTED)))
    if listed:
        return listed
    if any(key.startswith(FLATTENED) for key in attributes):
        return _flattened(attributes)
    if span_type == "RETRIEVER":
        found = _objects(parse_container(attributes.get("mlflow.spanOutputs")))
        if all("page_content" in document for document in found):
            return [{_MLFLOW.get(k, k): v for k, v in document.items()} for document in found]
    return []


def to_json(documents: tuple[Document, ...]) -> str:
    """``gen_ai.retrieval.documents``."""
    return attribute_text(list(documents))


def to_mlflow(documents: tuple[Document, ...]) -> str:
    """``mlflow.spanOutputs`` of a retriever."""
    names = {name: mlflow for mlflow, name in _MLFLOW.items()}
    return attribute_text(
        [{"page_content": "", **{names.get(k, k): v for k, v in d.items()}} for d in documents]
    )


def to_flattened(documents: tuple[Document, ...]) -> dict[str, object]:
    """``retrieval.documents.N.document.*``; what is no scalar is JSON text."""
    return {
        f"{FLATTENED}{position}.document.{name}": value
        if isinstance(value, str | bool | int | float)
        else attribute_text(value)
        for position, document in enumerate(documents)
        for name, value in document.items()
        if value is not None
    }


def _flattened(attributes: Mapping[str, object]) -> list[Document]:
    nodes = (node.get("document") for node in items(tree(attributes, FLATTENED[:-1])))
    return [
        {name: parse_container(value) for name, value in node.items() if name}
        for node in nodes
        if isinstance(node, dict)
    ]


def _objects(value: object) -> list[Document]:
    listed = value if isinstance(value, list | tuple) else []
    return [item for item in listed if isinstance(item, dict)] if listed else []
