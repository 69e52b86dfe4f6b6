"""Programs that call models through the openai package."""

from __future__ import annotations

import pytest

from tests.support.programs import Document, Run, inputs, outputs, root, span, spans, tokens, tree

HELLO = "Hello from the fake model."


def test_chat_whole_streamed_and_asynchronous(run: Run) -> None:
    done = run("openai_chat")
    assert done.lines == [HELLO, HELLO, "1", HELLO, HELLO]
    calls = [root(trace) for trace in done.traces]
    assert [call["name"] for call in calls] == ["chat gpt-fake"] * 5
    assert {call["span_type"] for call in calls} == {"CHAT_MODEL"}
    assert {call["kind"] for call in calls} == {"CLIENT"}
    assert {call["status"]["code"] for call in calls} <= {"OK", "UNSET"}
    for call in calls:
        [message] = call["output_messages"]
        assert message["role"] == "assistant"
        assert message["parts"] == [{"type": "text", "content": HELLO}]
        assert call["provider"] == "openai"
        assert call["finish_reasons"] == ["stop"]
    whole, uncounted, counted = calls[:3]
    assert tokens(whole) == tokens(counted) == (23, 11)
    assert whole["usage"]["cache_read_tokens"] == 8
    assert whole["usage"]["reasoning_tokens"] == 4
    assert uncounted["usage"] is None
    assert whole["attributes"]["gen_ai.request.temperature"] == 0.1
    assert whole["attributes"]["gen_ai.request.max_tokens"] == 100
    assert [message["role"] for message in whole["input_messages"]] == ["system", "user"]
    assert whole["time_to_first_token_ns"] is None
    assert uncounted["time_to_first_token_ns"] > 0
    assert len(uncounted["events"]) == 7


def test_nothing_of_tracing_is_sent_to_the_model(run: Run) -> None:
    done = run("openai_chat")
    assert len(done.requests) == 6
    for request in done.requests:
        sent = {"traceparent", "tracestate", "baggage"} & set(request.headers)
        assert not sent
    # What the caller did not ask for, the model is not asked for.
    assert "stream_options" not in done.requests[1].body


@pytest.mark.slow
def test_responses_whole_streamed_and_with_built_in_tools(run: Run) -> None:
    done = run("openai_responses")
    assert done.lines[:2] == [HELLO, HELLO]
    assert done.lines[2] == "['reasoning', 'web_search_call', 'message']"
    assert done.lines[3] == "name='example' length_km=1"
    calls = [root(trace) for trace in done.traces]
    assert len(calls) == 5
    assert {call["span_type"] for call in calls} == {"CHAT_MODEL"}
    assert {call["name"] for call in calls} == {"chat gpt-fake"}
    assert {tokens(call) for call in calls} == {(23, 11)}
    whole, streamed, searched = calls[:3]
    assert texts(whole) == texts(streamed) == [HELLO]
    assert "Be brief." in str(whole["system_instructions"] or whole["input_messages"])
    assert streamed["time_to_first_token_ns"] > 0
    assert "First I think about it." in str(searched["output_messages"])
    assert "web_search" in str(searched["tool_definitions"])


def texts(call: Document) -> list[str]:
    return [
        part["content"]
        for message in call["output_messages"]
        for part in message["parts"]
        if part["type"] == "text"
    ]


def test_embeddings_images_and_legacy_completions(run: Run) -> None:
    done = run("openai_media")
    assert done.printed == {
        "vectors": 2,
        "image": 280,
        "story": "Once upon a time.",
        "title": "example",
    }
    [(name, below)] = tree(done.trace).items()
    assert name == "illustrate WORKFLOW"
    types = [label.split()[-1] for label in below]
    assert types == ["EMBEDDING", "LLM", "LLM", "CHAT_MODEL"]
    embedded = span(done.trace, "embeddings emb-fake")
    assert embedded["usage"]["input_tokens"] == 6
    assert embedded["embeddings"]["texts"] == ["a boat on the river", "A BOAT ON THE RIVER"]
    story = span(done.trace, "text_completion gpt-fake")
    assert tokens(story) == (5, 7)
    assert "Once upon a time." in str(outputs(story)) + str(story["output_messages"])
    assert outputs(root(done.trace)) == done.printed


def test_errors_broken_streams_and_answers_nobody_waits_for(run: Run) -> None:
    done = run("openai_errors")
    assert done.lines == [
        "AuthenticationError",
        "RateLimitError",
        "Hello from APIConnectionError",
        "word0 ",
    ]
    refused, limited, broken, abandoned, cancelled = done.traces
    for trace, status in ((refused, "401"), (limited, "429")):
        for one in trace["spans"]:
            assert one["status"]["code"] == "ERROR"
            assert status in one["status"]["message"]
            assert [event["name"] for event in one["events"]] == ["exception"]
    assert root(broken)["status"]["code"] == "ERROR"
    assert texts(root(broken)) == ["Hello from "]
    left = span(abandoned, "chat gpt-words-9")
    assert texts(left) == ["word0 "]
    assert left["status"]["code"] != "ERROR"
    assert {one["status"]["code"] for one in cancelled["spans"]} == {"ERROR"}
    assert len(cancelled["spans"]) == 2
    assert "Cancelled" in str(root(cancelled)["status"]) + str(root(cancelled)["events"])


@pytest.mark.parametrize(
    ("model", "address", "vendor", "provider"),
    [
        pytest.param("gpt-fake", [], "openai", "openai", id="openai"),
        pytest.param(
            "accounts/fireworks/models/fake-8b",
            ["http://api.fireworks.ai/inference/v1"],
            "fireworks",
            "fireworks",
            id="fireworks",
        ),
        pytest.param("fake3.2:1b", ["http://localhost:11434/v1"], "ollama", "ollama", id="ollama"),
    ],
)
def test_an_agent_with_a_tool(
    run: Run, model: str, address: list[str], vendor: str, provider: str
) -> None:
    done = run("tool_agent", model, *address)
    assert {request.vendor for request in done.requests} == {vendor}
    call = f"chat {model}"
    assert tree(done.trace) == {
        "answer AGENT": {
            f"{call} CHAT_MODEL": {},
            "get_weather TOOL": {},
            f"{call} CHAT_MODEL 1": {},
        }
    }
    assert done.lines == [
        "Here is what I found: rain.",
        "138 26 164",
        f"{call} 57 17 74",
        f"{call} 81 9 90",
    ]
    assert tokens(done.trace) == (138, 26)
    first, second = spans(done.trace, call)
    assert (tokens(first), tokens(second)) == ((57, 17), (81, 9))
    assert provider in first["provider"]
    tool = span(done.trace, "get_weather")
    assert (inputs(tool), outputs(tool)) == ({"city": "Paris"}, "rain")
    assert tool["tool_name"] == "get_weather"
    assert inputs(root(done.trace)) == {"question": "How is the weather in Paris?"}
    assert outputs(root(done.trace)) == "Here is what I found: rain."
    assert "get_weather" in str(first["tool_definitions"])
    [message] = first["output_messages"]
    assert message["parts"][0]["type"] == "tool_call"
    assert second["input_messages"][-1]["role"] == "tool"


@pytest.mark.slow
def test_an_agent_over_the_responses_interface(run: Run) -> None:
    done = run("responses_agent")
    assert done.lines == ["Here is what I found: 28.5."]
    assert tree(done.trace) == {
        "answer AGENT": {
            "chat gpt-fake CHAT_MODEL": {},
            "temperature TOOL": {},
            "chat gpt-fake CHAT_MODEL 1": {},
        }
    }
    assert tokens(done.trace) == (138, 26)
    assert inputs(span(done.trace, "temperature")) == {"latitude": 1.5, "longitude": 1.5}
