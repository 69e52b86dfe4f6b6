"""Chat completions and legacy completions, whole and as chunks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from spanbridge_ingest.demo import fake_replies
from tests.support.fake_openai.schema import fitting
from tests.support.fake_openai.scripts import Script
from tests.support.fake_openai.vendors import Vendor, in_their_words

Body = dict[str, Any]
REFUSAL = "I will not say that."
REASONING = "First I think about it."
TRANSCRIPT = "Spoken by the fake model."
AUDIO = "UklGRg=="


def words(count: int) -> str:
    """A text of that many words."""
    return " ".join(f"word{i}" for i in range(count))


def pieces(text: str) -> list[str]:
    """The text in the pieces in which a stream brings it."""
    return re.findall(r"\S+\s*", text)


def completion(body: Body, script: Script, vendor: Vendor) -> Body:
    """Answer ``/chat/completions``."""
    # The model knows functions only.
    tools = [tool for tool in body.get("tools") or [] if tool.get("type") == "function"]
    reply = in_their_words(fake_replies.chat_completion(body | {"tools": tools}), body, vendor)
    reply["system_fingerprint"] = vendor.fingerprint
    reply["service_tier"] = body.get("service_tier") or "default"
    [first] = reply["choices"]
    _rewrite(first["message"], body, script)
    reply["choices"] = [_choice(first, index) for index in range(body.get("n") or 1)]
    if script.logprobs:
        for choice in reply["choices"]:
            choice["logprobs"] = _logprobs(choice["message"].get("content") or "")
    if script.usage_never:
        del reply["usage"]
    return reply


def _rewrite(message: Body, body: Body, script: Script) -> None:
    form = body.get("response_format") or {}
    if form.get("type") == "json_schema" and message["content"]:
        message["content"] = json.dumps(fitting(form["json_schema"]["schema"]))
    if script.words:
        message["content"] = words(script.words)
    if script.refusal:
        message |= {"content": None, "refusal": REFUSAL}
    if script.reasoning:
        message["reasoning_content"] = REASONING
    if script.audio:
        sound = {"id": "audio_fake", "data": AUDIO, "expires_at": 0, "transcript": TRANSCRIPT}
        message |= {"content": None, "audio": sound}


def _choice(first: Body, index: int) -> Body:
    """The choice of an index: the first is the plain answer, the others differ from it."""
    choice = deepcopy(first)
    choice["index"] = index
    if index and choice["message"].get("content"):
        choice["message"]["content"] += f" (choice {index})"
    return choice


def _logprobs(text: str) -> Body:
    tokens = [
        {"token": p, "logprob": -0.5, "bytes": None, "top_logprobs": []} for p in pieces(text)
    ]
    return {"content": tokens, "refusal": None}


def chunks(body: Body, script: Script, vendor: Vendor) -> Iterator[Body | str]:
    """Answer ``/chat/completions`` with ``stream``: the whole answer in pieces.

    The choices' chunks alternate.
    """
    whole = completion(body, script, vendor)
    usage = whole.pop("usage", None)
    choices = whole.pop("choices")
    head = whole | {"object": "chat.completion.chunk"}
    if vendor.filters:
        filters = [{"prompt_index": 0, "content_filter_results": {}}]
        yield head | {"id": "", "model": "", "choices": [], "prompt_filter_results": filters}
    streams = [list(_deltas(choice)) for choice in choices]
    for position in range(max(map(len, streams))):
        for choice, deltas in zip(choices, streams, strict=True):
            if position < len(deltas):
                delta = deltas[position]
                yield head | {"choices": [_delta_choice(choice, delta, script)]}
    asked = (body.get("stream_options") or {}).get("include_usage")
    ends: list[Body] = [
        {"index": choice["index"], "delta": {}, "finish_reason": choice["finish_reason"]}
        for choice in choices
    ]
    always = (vendor.usage_always or script.usage_always) and usage is not None
    for end in ends:
        last = end is ends[-1]
        yield head | {"choices": [end]} | ({"usage": usage} if last and always else {})
    if asked and usage is not None and not always:
        yield head | {"choices": [], "usage": usage}
    yield "[DONE]"


def _delta_choice(choice: Body, delta: Body, script: Script) -> Body:
    one: Body = {"index": choice["index"], "delta": delta, "finish_reason": None}
    if script.logprobs and delta.get("content"):
        one["logprobs"] = _logprobs(delta["content"])
    return one


def _deltas(choice: Body) -> Iterator[Body]:
    message = choice["message"]
    yield {"role": "assistant", "content": "", "refusal": None}
    for piece in pieces(message.get("reasoning_content") or ""):
        yield {"reasoning_content": piece}
    for index, call in enumerate(message.get("tool_calls") or []):
        arguments = call["function"]["arguments"]
        half = len(arguments) // 2
        function = {"name": call["function"]["name"], "arguments": ""}
        yield {"tool_calls": [{**call, "index": index, "function": function}]}
        for part in (arguments[:half], arguments[half:]):
            yield {"tool_calls": [{"index": index, "function": {"arguments": part}}]}
    for piece in pieces(message.get("content") or ""):
        yield {"content": piece}
    for piece in pieces(message.get("refusal") or ""):
        yield {"refusal": piece}
    if audio := message.get("audio"):
        yield {"audio": {"id": audio["id"]}}
        yield {"audio": {"transcript": audio["transcript"]}}
        yield {"audio": {"data": audio["data"], "expires_at": audio["expires_at"]}}


def text_completion(body: Body, script: Script, vendor: Vendor) -> Body:
    """Answer ``/completions``: a choice per prompt and per ``n``."""
    prompts = body["prompt"] if isinstance(body["prompt"], list) else [body["prompt"]]
    text = words(script.words) if script.words else "Once upon a time."
    count = len(prompts) * (body.get("n") or 1)
    reply: Body = {
        "id": "cmpl-fake0001",
        "object": "text_completion",
        "created": fake_replies.CREATED,
        "model": body["model"] + "-2026-01-01",
        "choices": [
            {
                "index": index,
                "text": text if not index else f"{text} (choice {index})",
                "finish_reason": "stop",
                "logprobs": None,
            }
            for index in range(count)
        ],
        "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12},
    }
    return in_their_words(reply, body, vendor)


def text_chunks(body: Body, script: Script, vendor: Vendor) -> Iterator[Body | str]:
    """Answer ``/completions`` with ``stream``."""
    whole = text_completion(body, script, vendor)
    usage, choices = whole.pop("usage"), whole.pop("choices")
    for choice in choices:
        parts = pieces(choice["text"])
        for part in parts:
            end = "stop" if part is parts[-1] else None
            yield whole | {"choices": [{**choice, "text": part, "finish_reason": end}]}
    if vendor.usage_always or (body.get("stream_options") or {}).get("include_usage"):
        yield whole | {"choices": [], "usage": usage}
    yield "[DONE]"
