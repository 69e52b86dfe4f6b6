"""Searches, rerankings and embeddings, in the keys and payloads of every dialect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spanbridge_semconv.messages import (
    Embeddings,
    Event,
    Messages,
    Retrieval,
    read_embeddings,
    read_messages,
    read_retrieval,
)

DOCUMENT = {"id": "d1", "content": "Paris is in France.", "score": 0.9, "metadata": {"p": 1}}
FOUND = Retrieval("Where is Paris?", [DOCUMENT])


def _payload(sent: str, received: str, query: object, found: object) -> dict[str, Any]:
    return {sent: json.dumps(query), received: json.dumps(found)}


PAGE = {"id": "d1", "page_content": "Paris is in France.", "score": 0.9, "metadata": {"p": 1}}


@pytest.mark.parametrize(
    "attributes",
    [
        {
            "retrieval.documents.0.document.id": "d1",
            "retrieval.documents.0.document.content": "Paris is in France.",
            "retrieval.documents.0.document.score": 0.9,
            "retrieval.documents.0.document.metadata": '{"p": 1}',
            "input.value": "Where is Paris?",
        },
        {
            "reranker.query": "Where is Paris?",
            "reranker.input_documents.0.document.content": "not this one",
            "reranker.output_documents.0.document.id": "d1",
            "reranker.output_documents.0.document.content": "Paris is in France.",
            "reranker.output_documents.0.document.score": 0.9,
            "reranker.output_documents.0.document.metadata": '{"p": 1}',
        },
        {
            "gen_ai.retrieval.query.text": "Where is Paris?",
            "gen_ai.retrieval.documents": json.dumps([DOCUMENT]),
        },
        {
            "db.vector.query.content": "Where is Paris?",
            "db.vector.query.response.documents": json.dumps([PAGE]),
        },
        _payload("mlflow.spanInputs", "mlflow.spanOutputs", {"q": "Where is Paris?"}, [PAGE]),
        _payload(
            "langfuse.observation.input",
            "langfuse.observation.output",
            {"args": ["Where is Paris?"], "kwargs": {}},
            [PAGE],
        ),
        _payload(
            "haystack.component.input",
            "haystack.component.output",
            {"query": "Where is Paris?", "top_k": None},
            {
                "documents": [
                    {"p": 1, "id": "d1", "content": "Paris is in France.", "score": 0.9}
                    | {"blob": None, "embedding": [0.1]}
                ]
            },
        ),
        _payload(
            "traceloop.entity.input",
            "traceloop.entity.output",
            {"query": "Where is Paris?", "tags": [], "kwargs": {}},
            {"documents": [PAGE], "count": 1},
        ),
        _payload(
            "input.value",
            "output.value",
            "Where is Paris?",
            [{"lc": 1, "type": "constructor", "id": ["x", "Document"], "kwargs": PAGE}],
        ),
        _payload(
            "input.value",
            "output.value",
            {"query": "Where is Paris?"},
            {
                "nodes": [
                    {"node": {"id_": "d1", "text": "Paris is in France.", "metadata": {"p": 1}}}
                    | {"score": 0.9}
                ]
            },
        ),
    ],
    ids=lambda attributes: next(iter(attributes)),
)
def test_searches_of_every_dialect(attributes: dict[str, Any]) -> None:
    assert read_retrieval(attributes, retrieval=True) == FOUND


def test_an_event_per_document() -> None:
    def event(number: int) -> Event:
        members = {"id": number, "score": "0.5", "document": f"text {number}", "vector": [0.1]}
        return Event("db.query.result", {f"db.query.result.{k}": v for k, v in members.items()})

    found = read_retrieval({}, [event(1), event(2)])
    assert found is not None
    assert found.documents[1] == {"id": "2", "content": "text 2", "score": 0.5, "metadata": {}}


def test_ai_sdk_ranking() -> None:
    found = read_retrieval(
        {
            "ai.documents": [json.dumps("a"), json.dumps("b")],
            "ai.ranking": [json.dumps({"originalIndex": 1, "score": 0.7}), "{}"],
        }
    )
    assert found is not None
    assert found.documents == [{"id": None, "content": "b", "score": 0.7, "metadata": {}}]


def test_only_ids_and_scores() -> None:
    listed = json.dumps([{"id": "d1", "score": 1}, {"id": None, "score": 0.5}])
    found = read_retrieval({"gen_ai.retrieval.documents": listed})
    assert found is not None
    assert [(doc["id"], doc["content"], doc["score"]) for doc in found.documents] == [
        ("d1", None, 1.0),
        (None, None, 0.5),
    ]


@pytest.mark.parametrize("retrieval", [False, True])
def test_what_is_no_search(retrieval: bool) -> None:
    assert read_retrieval({"gen_ai.request.model": "m"}, retrieval=retrieval) is None
    payload = {"input.value": "Hi", "output.value": json.dumps([{"role": "assistant"}])}
    assert (read_retrieval(payload) is None) is True
    searched = read_retrieval(payload, retrieval=True)
    assert searched == Retrieval("Hi", [])


@pytest.mark.parametrize(
    "attributes",
    [
        {
            "embedding.embeddings.0.embedding.text": "alpha",
            "embedding.embeddings.0.embedding.vector": [0.1, 0.2],
            "embedding.embeddings.1.embedding.text": "beta",
            "embedding.embeddings.1.embedding.vector": [0.1, 0.2],
        },
        {"ai.values": ['"alpha"', '"beta"'], "ai.embeddings": ["[0.1,0.2]", "[0.1,0.2]"]},
        {
            "mlflow.spanInputs": json.dumps({"model": "m", "input": ["alpha", "beta"]}),
            "mlflow.spanOutputs": json.dumps(
                {"data": [{"embedding": [0.1, 0.2]}, {"embedding": [0.1, 0.2]}]}
            ),
        },
        {
            "langfuse.observation.input": json.dumps(["alpha", "beta"]),
            "langfuse.observation.output": json.dumps({"dimensions": 2, "count": 2}),
        },
        {
            "input.value": json.dumps({"model": "m", "input": ["alpha", "beta"]}),
            "output.value": json.dumps({"data": [{"embedding": "AAAAAAAAAAA="}] * 2}),
        },
        {
            "gen_ai.prompt.0.content": "alpha",
            "gen_ai.prompt.1.content": "beta",
            "gen_ai.embeddings.dimension.count": 2,
        },
    ],
    ids=lambda attributes: next(iter(attributes)),
)
def test_embeddings_of_every_dialect(attributes: dict[str, Any]) -> None:
    messages = read_messages(attributes, model_call=True)
    assert read_embeddings(attributes, messages) == Embeddings(["alpha", "beta"], 2, 2)


def test_one_text() -> None:
    attributes = {"ai.value": '"alpha"', "ai.embedding": "[0.1,0.2,0.3]"}
    assert read_embeddings(attributes, Messages()) == Embeddings(["alpha"], 1, 3)


def test_an_embedding_span_without_content() -> None:
    assert read_embeddings({"gen_ai.request.model": "m"}, Messages()) is None
    only = {"gen_ai.embeddings.dimension.count": 4}
    assert read_embeddings(only, Messages()) == Embeddings([], 0, 4)
