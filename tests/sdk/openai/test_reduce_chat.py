from __future__ import annotations

from typing import Any

from spanbridge.openai.reduce_chat import CompletionReducer

from .replies import USAGE, call, chunk


def reduced(*chunks: dict[str, Any]) -> dict[str, Any]:
    reducer = CompletionReducer()
    for one in chunks:
        reducer.add(one)
    return reducer.body()


def message(*deltas: dict[str, Any]) -> dict[str, Any]:
    (choice,) = reduced(*map(chunk, deltas))["choices"]
    found: dict[str, Any] = choice["message"]
    return found


def test_the_body_that_would_have_come_at_once() -> None:
    body = reduced(
        chunk({"role": "assistant", "content": ""}, obfuscation="xyz"),
        chunk({"content": "Hel"}, system_fingerprint="fp_1"),
        chunk({"content": "lo"}),
        chunk({}, "stop"),
        chunk(usage=USAGE),
    )
    assert body == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "gpt-4o-mini-2024-07-18",
        "system_fingerprint": "fp_1",
        "usage": USAGE,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": "Hello"},
            }
        ],
    }


def test_choices_stay_apart() -> None:
    body = reduced(
        chunk({"content": "a"}, index=1),
        chunk({"content": "b"}, index=0),
        chunk({"content": "A"}, index=1),
        chunk({}, "length", index=0),
    )
    said = [(c["index"], c["message"]["content"], c["finish_reason"]) for c in body["choices"]]
    assert said == [(0, "b", "length"), (1, "aA", None)]


def test_tool_calls_by_their_index() -> None:
    first = {"index": 0, **call(arguments="")}
    second = {"index": 1, **call("other", "", id="call_2")}
    found = message(
        {"tool_calls": [first]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"a"'}}]},
        {"tool_calls": [second]},
        {"tool_calls": [{"index": 1, "id": "", "function": {"name": "", "arguments": "{}"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]},
    )
    assert found["tool_calls"] == [call(arguments='{"a":1}'), call("other", "{}", id="call_2")]


def test_whole_tool_calls_without_an_index() -> None:
    one, other = call(arguments="{}"), call(arguments="[]")
    del other["id"]
    found = message({"tool_calls": [one]}, {"tool_calls": [other]})
    assert found["tool_calls"] == [one, other]


def test_a_name_that_comes_in_pieces_or_again_and_again() -> None:
    pieces = message(
        {"tool_calls": [{"index": 0, "function": {"name": "get_"}}]},
        {"tool_calls": [{"index": 0, "function": {"name": "time"}}]},
    )
    again = message(*[{"tool_calls": [{"index": 0, "function": {"name": "f"}}]}] * 2)
    assert pieces["tool_calls"][0]["function"]["name"] == "get_time"
    assert again["tool_calls"][0]["function"]["name"] == "f"


def test_custom_tools() -> None:
    begun = {"index": 0, "id": "c", "type": "custom", "custom": {"name": "sql", "input": ""}}
    found = message(
        {"tool_calls": [begun]},
        {"tool_calls": [{"index": 0, "custom": {"input": "select "}}]},
        {"tool_calls": [{"index": 0, "custom": {"input": "1"}}]},
    )
    assert found["tool_calls"] == [
        {"id": "c", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}
    ]


def test_nothing_of_a_message_is_lost() -> None:
    citation = {"type": "url_citation", "url_citation": {"url": "https://example.com"}}
    found = message(
        {"role": "assistant", "reasoning_content": "Let me "},
        {"reasoning_content": "think", "reasoning": "so"},
        {"refusal": "I ", "annotations": [citation]},
        {"refusal": "will not", "annotations": [citation]},
        {"audio": {"id": "audio_1", "transcript": "He"}},
        {"audio": {"transcript": "y", "data": "AA"}},
        {"audio": {"data": "BB", "expires_at": 5}},
        {"function_call": {"name": "f", "arguments": "{"}},
        {"function_call": {"arguments": "}"}},
    )
    assert found == {
        "role": "assistant",
        "content": None,
        "reasoning_content": "Let me think",
        "reasoning": "so",
        "refusal": "I will not",
        "annotations": [citation, citation],
        "audio": {"id": "audio_1", "transcript": "Hey", "data": "AABB", "expires_at": 5},
        "function_call": {"name": "f", "arguments": "{}"},
    }


def test_content_in_blocks() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}
    more = {"type": "thinking", "thinking": [{"type": "text", "text": "m"}]}
    found = message(
        {"content": [thought]}, {"content": [more]}, {"content": "Hel"}, {"content": "lo"}
    )
    assert found["content"] == [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hmm"}]},
        {"type": "text", "text": "Hello"},
    ]
    turned = message({"content": "Hel"}, {"content": [{"type": "text", "text": "lo"}]})
    assert turned["content"] == [{"type": "text", "text": "Hello"}]


def test_log_probabilities() -> None:
    one, other = {"token": "a", "logprob": -1.0}, {"token": "b", "logprob": -2.0}
    chunks = [chunk({"content": "a"}), chunk({"content": "b"}), chunk({}, "stop")]
    chunks[0]["choices"][0]["logprobs"] = {"content": [one], "refusal": None}
    chunks[1]["choices"][0]["logprobs"] = {"content": [other], "refusal": None}
    assert reduced(*chunks)["choices"][0]["logprobs"] == {"content": [one, other], "refusal": None}
    assert chunks[0]["choices"][0]["logprobs"]["content"] == [one]


def test_legacy_completions() -> None:
    def text(piece: str, finish: str | None = None) -> dict[str, Any]:
        logprobs = {"tokens": [piece], "text_offset": [0]}
        choice = {"index": 0, "text": piece, "finish_reason": finish, "logprobs": logprobs}
        return {"id": "cmpl-1", "object": "text_completion", "model": "m", "choices": [choice]}

    assert reduced(text("Hel"), text("lo", "stop"))["choices"] == [
        {
            "index": 0,
            "finish_reason": "stop",
            "text": "Hello",
            "logprobs": {"tokens": ["Hel", "lo"], "text_offset": [0, 0]},
        }
    ]


def test_complete_when_each_choice_has_ended() -> None:
    reducer = CompletionReducer()
    assert not reducer.is_complete
    reducer.add(chunk({"content": "a"}, index=0))
    reducer.add(chunk({"content": "a"}, "stop", index=1))
    assert not reducer.is_complete
    reducer.add(chunk({}, "stop", index=0))
    assert reducer.is_complete


def test_nothing_seen() -> None:
    assert reduced() == {}


def test_an_error_in_the_stream() -> None:
    assert reduced(chunk({"content": "a"}), {"error": {"message": "m"}})["error"] == {
        "message": "m"
    }
