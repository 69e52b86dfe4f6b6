"""Programs traced with the SDK, in a real MLflow server: sent there, and passed on to it."""

from __future__ import annotations

import json

import pytest

from tests.backends.programs import Shown, passed_on, sent_directly
from tests.backends.servers import Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

QUESTION = "How warm is it in Paris?"


WAYS = {
    "direct": (sent_directly, "gen_ai,mlflow"),
    "direct-mlflow": (sent_directly, "mlflow"),
    "passed-on": (passed_on, "gen_ai,mlflow"),
    "passed-on-mlflow": (passed_on, "mlflow"),
    "passed-on-gen_ai": (passed_on, "gen_ai"),
}


@pytest.fixture(scope="module", params=list(WAYS))
def way(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def shown(mlflow: Server, way: str, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    send, semconv = WAYS[way]
    directory = tmp_path_factory.mktemp("service")
    return send(mlflow, "traced_program.py", semconv, directory).shown


def test_spans_lie_where_they_were_made(shown: Shown) -> None:
    parents = {name: span["parent"] for name, span in shown["spans"].items()}
    below = ("weather", "retrieve", "stream words", "chat gpt-5", "fail")
    assert parents == {"agent": None, **dict.fromkeys(below, "agent")}


def test_types_are_those_that_were_given(shown: Shown, way: str) -> None:
    types = {name: span["type"] for name, span in shown["spans"].items()}
    expected = {
        "agent": "AGENT",
        "weather": "TOOL",
        "retrieve": "RETRIEVER",
        "stream words": "UNKNOWN",
        "chat gpt-5": "CHAT_MODEL",
        "fail": "MY_TYPE",
    }
    if way == "passed-on-gen_ai":
        # Nothing is said of a span without a type there, which MLflow shows as None.
        expected["stream words"] = types["stream words"]
    assert types == expected


def test_inputs_and_outputs_are_values(shown: Shown) -> None:
    spans = shown["spans"]
    assert spans["agent"]["inputs"] == {"question": QUESTION}
    assert spans["agent"]["outputs"] == "21 degrees"
    assert spans["weather"]["inputs"] == {"city": "Paris", "unit": "C"}
    assert spans["weather"]["outputs"] == {"city": "Paris", "degrees": 21, "unit": "C"}
    assert spans["stream words"]["outputs"] == "21 degrees"
    assert spans["retrieve"]["outputs"][0]["page_content"] == "Paris is in France."
    assert QUESTION in json.dumps(spans["chat gpt-5"]["inputs"])
    assert "21 degrees" in json.dumps(spans["chat gpt-5"]["outputs"])


def test_usage_and_model_are_those_of_the_call(shown: Shown) -> None:
    usage = {"input_tokens": 12, "output_tokens": 3, "total_tokens": 15}
    assert shown["usage"] == usage
    attributes = shown["spans"]["chat gpt-5"]["attributes"]
    assert attributes["mlflow.chat.tokenUsage"] == usage
    assert attributes["mlflow.llm.model"] == "gpt-5"


def test_the_trace_has_its_tags_session_and_user(shown: Shown) -> None:
    assert shown["state"] == "OK"
    assert shown["tags"]["release"] == "1.2"
    assert shown["metadata"]["mlflow.trace.session"] == "s-7"
    assert shown["metadata"]["mlflow.trace.user"] == "ann"
    assert QUESTION in shown["request_preview"]
    assert "21 degrees" in shown["response_preview"]


def test_a_trace_has_the_name_of_its_root(shown: Shown, way: str) -> None:
    if way != "passed-on-gen_ai":
        assert shown["tags"]["mlflow.traceName"] == "agent"


def test_a_failure_is_one(shown: Shown) -> None:
    failed = shown["spans"]["fail"]
    assert (failed["status"], failed["description"]) == ("ERROR", "ValueError: no such city")
    ((name, attributes),) = failed["events"]
    assert name == "exception"
    assert attributes["exception.type"] == "ValueError"
    assert attributes["exception.message"] == "no such city"


def test_items_of_a_stream_are_events(shown: Shown, way: str) -> None:
    events = shown["spans"]["stream words"]["events"]
    # Such events are MLflow's; the GenAI conventions have none.
    expected = [] if way == "passed-on-gen_ai" else ['"21"', '"degrees"']
    assert [attributes["mlflow.chunk.value"] for _, attributes in events] == expected
