"""What the fake model server answers: functions from a request body to a response body.

Token counts are fixed per kind of turn, so that a test can state totals: a plain answer costs 23
input tokens (8 of them cached) and 11 output tokens (4 of them reasoning), a tool call 57 and 17,
an answer after a tool result 81 (64 cached) and 9; embeddings cost 3 tokens per input.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Body = dict[str, Any]
Whole = Callable[[Body], Body]
Streamed = Callable[[Body], Iterator[str]]

CREATED = 1_767_225_600  # 2026-01-01, in seconds since the epoch
_SNAPSHOT = "-2026-01-01"
_TOKENS_PER_EMBEDDING = 3
_NAME = re.compile(r"(?<!^)\b[A-Z][a-z]+\b")


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of a turn; ``cached`` is within ``input``, ``reasoning`` within ``output``."""

    input: int
    cached: int
    output: int
    reasoning: int

    def chat(self) -> Body:
        """As the chat completions interface spells it."""
        return {
            "prompt_tokens": self.input,
            "completion_tokens": self.output,
            "total_tokens": self.input + self.output,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }

    def responses(self) -> Body:
        """As the responses interface spells it."""
        return {
            "input_tokens": self.input,
            "output_tokens": self.output,
            "total_tokens": self.input + self.output,
            "input_tokens_details": {"cached_tokens": self.cached},
            "output_tokens_details": {"reasoning_tokens": self.reasoning},
        }


@dataclass(frozen=True, slots=True)
class Turn:
    """The model's move: words, or calls of tools as ``(id, name, arguments as JSON)``."""

    text: str
    calls: tuple[tuple[str, str, str], ...]
    usage: Usage

    @property
    def finish_reason(self) -> str:
        """Why the turn ended, in the chat interface's words."""
        return "tool_calls" if self.calls else "stop"


def decide(question: str, tools: list[Body], results: list[str]) -> Turn:
    """Choose the move: answer from tool results, else call the tools, else a plain answer."""
    if results:
        return Turn(f"Here is what I found: {'; '.join(results)}.", (), Usage(81, 64, 9, 0))
    if tools:
        calls = tuple(
            (f"call_fake{i:04}", tool["name"], json.dumps(_arguments(tool, question)))
            for i, tool in enumerate(tools, 1)
        )
        return Turn("", calls, Usage(57, 0, 17, 0))
    return Turn("Hello from the fake model.", (), Usage(23, 8, 11, 4))


def chat_completion(body: Body) -> Body:
    """Answer ``/v1/chat/completions``."""
    turn = _chat_turn(body)
    message: Body = {"role": "assistant", "content": turn.text or None, "refusal": None}
    if turn.calls:
        message["tool_calls"] = [_chat_call(*call) for call in turn.calls]
    choice = {"index": 0, "message": message, "finish_reason": turn.finish_reason, "logprobs": None}
    head = _chat_head(body, "chat.completion")
    return {**head, "choices": [choice], "usage": turn.usage.chat()}


def chat_chunks(body: Body) -> Iterator[str]:
    """Answer ``/v1/chat/completions`` with ``stream``: server-sent events, usage last if asked."""
    turn = _chat_turn(body)
    head = _chat_head(body, "chat.completion.chunk")

    def chunk(delta: Body, finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event({**head, "choices": [choice]})

    yield chunk({"role": "assistant", "content": ""})
    for index, call in enumerate(turn.calls):
        yield chunk({"tool_calls": [{"index": index, **_chat_call(*call)}]})
    for word in re.findall(r"\S+\s*", turn.text):
        yield chunk({"content": word})
    yield chunk({}, turn.finish_reason)
    if (body.get("stream_options") or {}).get("include_usage"):
        yield _event({**head, "choices": [], "usage": turn.usage.chat()})
    yield "data: [DONE]\n\n"


def response(body: Body) -> Body:
    """Answer ``/v1/responses``."""
    turn = _responses_turn(body)
    return {
        **_response_head(body),
        "status": "completed",
        "output": _output_items(turn),
        "usage": turn.usage.responses(),
    }


def response_events(body: Body) -> Iterator[str]:
    """Answer ``/v1/responses`` with ``stream``: created, text pieces, completed."""
    final = response(body)
    created = {**final, "status": "in_progress", "output": [], "usage": None}
    events: list[Body] = [{"type": "response.created", "response": created}]
    for index, item in enumerate(final["output"]):
        place = {"output_index": index, "item_id": item["id"]}
        if item["type"] == "message":
            text = item["content"][0]["text"]
            events += (
                {"type": "response.output_text.delta", "content_index": 0, "delta": word, **place}
                for word in re.findall(r"\S+\s*", text)
            )
        done = {"type": "response.output_item.done", "output_index": index, "item": item}
        events.append(done)
    events.append({"type": "response.completed", "response": final})
    for number, event in enumerate(events):
        yield _event({**event, "sequence_number": number}, name=event["type"])


def embeddings(body: Body) -> Body:
    """Answer ``/v1/embeddings``: a vector per input that depends on the input's length only."""
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    vectors = [
        {"object": "embedding", "index": i, "embedding": [0.1, 0.2, 0.3, len(str(text)) / 100]}
        for i, text in enumerate(inputs)
    ]
    tokens = _TOKENS_PER_EMBEDDING * len(inputs)
    return {
        "object": "list",
        "model": body["model"] + _SNAPSHOT,
        "data": vectors,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _chat_turn(body: Body) -> Turn:
    messages = body["messages"]
    results = [_text(m.get("content")) for m in messages if m["role"] == "tool"]
    tools = [tool["function"] for tool in body.get("tools") or []]
    return decide(_question(messages), _chosen(body, tools), results)


def _responses_turn(body: Body) -> Turn:
    items = body["input"]
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    results = [_text(i.get("output")) for i in items if i.get("type") == "function_call_output"]
    tools = [tool for tool in body.get("tools") or [] if tool.get("type") == "function"]
    return decide(_question(items), _chosen(body, tools), results)


def _chosen(body: Body, tools: list[Body]) -> list[Body]:
    choice = body.get("tool_choice", "auto")
    if choice == "none":
        return []
    if isinstance(choice, dict):
        name = choice.get("name") or choice.get("function", {}).get("name")
        return [tool for tool in tools if tool["name"] == name]
    return tools if body.get("parallel_tool_calls", True) else tools[:1]


def _question(messages: list[Body]) -> str:
    asked = [_text(m.get("content")) for m in messages if m.get("role") == "user"]
    return asked[-1] if asked else ""


def _text(content: object) -> str:
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content)
    return "" if content is None else str(content)


def _arguments(tool: Body, question: str) -> Body:
    """Arguments that fit the tool's JSON schema; text is the question's last proper name."""
    names = _NAME.findall(question)
    samples: dict[str, object] = {
        "string": names[-1] if names else "example",
        "integer": 1,
        "number": 1.5,
        "boolean": True,
        "array": [],
        "object": {},
    }
    properties: Body = (tool.get("parameters") or {}).get("properties") or {}
    return {
        name: schema["enum"][0] if schema.get("enum") else samples.get(schema.get("type", ""))
        for name, schema in properties.items()
    }


def _chat_call(call_id: str, name: str, arguments: str) -> Body:
    return {
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _output_items(turn: Turn) -> list[Body]:
    if turn.calls:
        return [
            {
                "type": "function_call",
                "id": f"fc_fake{i:04}",
                "call_id": call_id,
                "name": name,
                "arguments": arguments,
                "status": "completed",
            }
            for i, (call_id, name, arguments) in enumerate(turn.calls, 1)
        ]
    text = {"type": "output_text", "text": turn.text, "annotations": []}
    return [
        {
            "type": "message",
            "id": "msg_fake0001",
            "role": "assistant",
            "status": "completed",
            "content": [text],
        }
    ]


def _chat_head(body: Body, kind: str) -> Body:
    model = body["model"] + _SNAPSHOT
    return {"id": _id("chatcmpl-", body), "object": kind, "created": CREATED, "model": model}


def _response_head(body: Body) -> Body:
    return {
        "id": _id("resp_", body),
        "object": "response",
        "created_at": CREATED,
        "model": body["model"] + _SNAPSHOT,
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "temperature": body.get("temperature"),
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools") or [],
        "top_p": body.get("top_p"),
    }


def _id(prefix: str, body: Body) -> str:
    """An id that is the same for the same request and differs between the turns of a talk."""
    canonical = json.dumps(body, sort_keys=True).encode()
    return f"{prefix}{hashlib.sha256(canonical).hexdigest()[:16]}"


def _event(document: Body, name: str | None = None) -> str:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(document)}\n\n"
