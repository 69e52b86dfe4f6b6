"""Calls of models recorded by autolog, seen in a real MLflow server."""

from __future__ import annotations

import json

import pytest

from tests.backends.programs import Result, passed_on, sent_directly
from tests.backends.servers import Server
from tests.support.fake_openai import FakeOpenAI

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

WAYS = {
    "direct": (sent_directly, "gen_ai,mlflow"),
    "direct-mlflow": (sent_directly, "mlflow"),
    "passed-on": (passed_on, "gen_ai,mlflow"),
    "passed-on-gen_ai": (passed_on, "gen_ai"),
}
CALLS = {
    "chat gpt-4o-mini": "gpt-4o-mini",
    "chat gpt-4o": "gpt-4o",
    "chat gpt-4.1": "gpt-4.1",
    "embeddings text-embedding-3-small": "text-embedding-3-small",
}


@pytest.fixture(scope="module", params=list(WAYS))
def way(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def result(mlflow: Server, way: str, tmp_path_factory: pytest.TempPathFactory) -> Result:
    send, semconv = WAYS[way]
    with FakeOpenAI() as llm:
        directory = tmp_path_factory.mktemp("service")
        return send(mlflow, "openai_program.py", semconv, directory, FAKE_OPENAI=llm.url)


def test_calls_are_spans_below_the_agent(result: Result) -> None:
    spans = result.shown["spans"]
    assert {name: span["parent"] for name, span in spans.items()} == {
        "agent": None,
        **dict.fromkeys(CALLS, "agent"),
    }
    types = {name: span["type"] for name, span in spans.items() if name != "agent"}
    assert types == {
        **dict.fromkeys(CALLS, "CHAT_MODEL"),
        "embeddings text-embedding-3-small": "EMBEDDING",
    }


def test_usage_is_what_the_program_was_told(result: Result) -> None:
    told = json.loads(result.printed)
    for name, model in CALLS.items():
        usage = result.shown["spans"][name]["attributes"]["mlflow.chat.tokenUsage"]
        shown = [usage["input_tokens"], usage.get("output_tokens") or 0]
        assert shown == told[model], name
    total = result.shown["usage"]
    assert total["input_tokens"] == sum(sent for sent, _ in told.values())
    assert total["output_tokens"] == sum(received for _, received in told.values())


def test_models_are_named(result: Result) -> None:
    for name, model in CALLS.items():
        shown = result.shown["spans"][name]["attributes"]
        assert shown["mlflow.llm.model"].startswith(model), name
        assert shown["mlflow.llm.provider"] == "openai", name


def test_what_was_asked_and_answered_is_there(result: Result) -> None:
    spans = result.shown["spans"]
    for name in ("chat gpt-4o-mini", "chat gpt-4o"):
        assert "How warm is it in Paris?" in json.dumps(spans[name]["inputs"]), name
        assert "Hello from the fake model." in json.dumps(spans[name]["outputs"]), name
    assert "How warm is it in Rome?" in json.dumps(spans["chat gpt-4.1"]["inputs"])
    assert spans["chat gpt-4.1"]["outputs"]
    assert "Paris" in json.dumps(spans["embeddings text-embedding-3-small"]["inputs"])


def test_the_chunks_of_a_stream_are_events(result: Result, way: str) -> None:
    events = result.shown["spans"]["chat gpt-4o"]["events"]
    assert [name for name, _ in events] == [f"mlflow.chunk.item.{n}" for n in range(len(events))]
    # They are MLflow's, and not written where only the GenAI conventions are asked for.
    assert bool(events) == ("gen_ai" not in way)
