"""Models' answers that are easily lost or mixed up on their way into a span."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.fake_openai import chat
from tests.support.programs import Document, Finished, Run, Runner, outputs, root, tokens

HELLO = "Hello from the fake model."


@pytest.fixture(scope="module")
def done(run: Run, runner: Runner) -> Finished:
    return run("openai_traps", runner.llm.root, quiet=False)


@pytest.fixture(scope="module")
def calls(done: Finished) -> list[Document]:
    return [root(trace) for trace in done.traces]


def asked(done: Finished, calls: list[Document], model: str, **having: Any) -> list[Document]:
    """The spans of the requests to a model whose body has these values; one span a request."""
    assert len(done.requests) == len(calls)
    return [
        call
        for call, request in zip(calls, done.requests, strict=True)
        if request.body["model"] == model and having.items() <= request.body.items()
    ]


def said(call: Document) -> list[str]:
    return ["".join(p.get("content", "") for p in m["parts"]) for m in call["output_messages"]]


def test_choices_stay_apart(done: Finished, calls: list[Document]) -> None:
    [call] = asked(done, calls, "gpt-fake", n=2)
    assert said(call) == [HELLO, f"{HELLO} (choice 1)"]
    assert call["finish_reasons"] == ["stop", "stop"]


def test_an_unknown_type_of_tool_drops_only_itself(done: Finished, calls: list[Document]) -> None:
    [completion] = asked(done, calls, "gpt-fake", tool_choice="none")
    assert "look_up" in json.dumps(completion["tool_definitions"])
    [response] = [call for call in calls if "web_search" in json.dumps(call["tool_definitions"])]
    tools = json.loads(response["attributes"]["mlflow.chat.tools"])
    assert "web_search" in json.dumps(tools)


def test_embeddings_have_usage(calls: list[Document]) -> None:
    [call] = [call for call in calls if call["span_type"] == "EMBEDDING"]
    assert call["usage"]["input_tokens"] == 3


def test_what_was_not_given_is_not_recorded(calls: list[Document]) -> None:
    text = json.dumps(calls)
    assert "Omit" not in text
    assert "NotGiven" not in text


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ("gpt-refusal", chat.REFUSAL),
        ("gpt-reasoning", chat.REASONING),
        ("gpt-audio", chat.TRANSCRIPT),
    ],
)
def test_streams_lose_nothing(done: Finished, calls: list[Document], model: str, text: str) -> None:
    [call] = asked(done, calls, model)
    assert text in json.dumps([outputs(call), call["output_messages"]])


def test_log_probabilities_of_a_stream_are_kept(done: Finished, calls: list[Document]) -> None:
    [call] = asked(done, calls, "gpt-fake", logprobs=True)
    assert json.dumps(call["attributes"]).count("logprob") >= 4


def test_errors_have_a_status_text(done: Finished, calls: list[Document]) -> None:
    [call] = asked(done, calls, "gpt-err-400")
    assert call["status"]["code"] == "ERROR"
    assert "this model always fails" in call["status"]["message"]
    assert call["error_type"]


def test_failed_responses_are_errors(done: Finished, calls: list[Document]) -> None:
    failed = asked(done, calls, "gpt-failed")
    assert [call["status"]["code"] for call in failed] == ["ERROR", "ERROR"]
    assert all("the model stopped working" in call["status"]["message"] for call in failed)
    [incomplete] = asked(done, calls, "gpt-incomplete")
    assert incomplete["status"]["code"] != "ERROR"
    assert tokens(incomplete) == (23, 11)


def test_raw_and_streamed_responses_are_read(done: Finished, calls: list[Document]) -> None:
    assert done.lines[-2:] == ["HTTP/1.1", "True"]
    raw, streamed = (
        call
        for call, request in zip(calls, done.requests, strict=True)
        if request.headers.get("x-stainless-raw-response")
    )
    for call in (raw, streamed):
        assert said(call) == [HELLO]
        assert tokens(call) == (23, 11)


def test_long_streams_keep_all_of_the_answer(done: Finished, calls: list[Document]) -> None:
    [call] = asked(done, calls, "gpt-words-400")
    assert said(call) == [chat.words(400)]
    assert call["attributes"]["mlflow.spanType"] == '"CHAT_MODEL"'


def test_azures_empty_chunks_do_no_harm(done: Finished, calls: list[Document]) -> None:
    [call] = [c for c, r in zip(calls, done.requests, strict=True) if r.vendor == "azure"]
    assert said(call) == [HELLO]
    assert tokens(call) == (23, 11)
    assert "azure" in call["provider"]


def test_a_stream_that_is_never_read_to_its_end_arrives(
    done: Finished, calls: list[Document]
) -> None:
    [call] = asked(done, calls, "gpt-words-50")
    assert said(call) == ["word0 word1 "]
    assert done.errors == ""


def test_providers_are_sent_no_trace_context(done: Finished) -> None:
    for request in done.requests:
        assert not {"traceparent", "tracestate", "baggage"} & set(request.headers)


def test_calls_say_the_same_in_the_dialect_of_mlflow_alone(
    run: Run, runner: Runner, calls: list[Document]
) -> None:
    traces = run("openai_traps", runner.llm.root, quiet=False, SPANBRIDGE_SEMCONV="mlflow").traces
    keys = ("name", "span_type", "usage", "response_model")
    both = [
        [{key: one[key] for key in keys} for one in found] for found in (calls, map(root, traces))
    ]
    assert both[0] == both[1]
