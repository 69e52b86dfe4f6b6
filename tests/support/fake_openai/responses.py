"""The Responses interface: built-in tools, reasoning, structured output, and streams of events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from spanbridge_ingest.demo import fake_replies
from tests.support.fake_openai.chat import REASONING, REFUSAL, pieces, words
from tests.support.fake_openai.schema import fitting
from tests.support.fake_openai.scripts import Script
from tests.support.fake_openai.vendors import Vendor, in_their_words

Body = dict[str, Any]
_PNG = "iVBORw0KGgo="
_QUERY = "fake model news"

_BUILT_IN: dict[str, Body] = {
    "web_search": {
        "type": "web_search_call",
        "action": {"type": "search", "query": _QUERY, "sources": []},
    },
    "file_search": {"type": "file_search_call", "queries": [_QUERY], "results": None},
    "code_interpreter": {
        "type": "code_interpreter_call",
        "code": "print(6 * 7)",
        "container_id": "cntr_fake",
        "outputs": [{"type": "logs", "logs": "42\n"}],
    },
    "image_generation": {"type": "image_generation_call", "result": _PNG},
    "computer_use_preview": {
        "type": "computer_call",
        "call_id": "call_computer",
        "action": {"type": "screenshot"},
        "pending_safety_checks": [],
    },
    "mcp": {
        "type": "mcp_call",
        "name": "roll",
        "server_label": "dice",
        "arguments": '{"sides": 6}',
        "output": "4",
    },
}
"""What a built-in tool leaves in the output, by the tool's type without its version."""


def response(body: Body, script: Script, vendor: Vendor) -> Body:
    """Answer ``/responses``."""
    reply = in_their_words(fake_replies.response(body), body, vendor)
    for item in reply["output"]:
        if item["type"] == "message":
            _rewrite(item, body, script)
    reply["output"] = [*_before(body, script), *reply["output"]]
    reply |= {key: body[key] for key in ("text", "reasoning", "truncation") if key in body}
    reply["previous_response_id"] = body.get("previous_response_id")
    reply["status"] = script.outcome
    if script.outcome == "incomplete":
        reply["incomplete_details"] = {"reason": "max_output_tokens"}
        reply["output"][-1]["status"] = "incomplete"
    elif script.outcome == "failed":
        message = "the model stopped working"
        reply |= {"error": {"code": "server_error", "message": message}, "output": []}
        reply["usage"] = None
    return reply


def _rewrite(message: Body, body: Body, script: Script) -> None:
    [part] = message["content"]
    form = (body.get("text") or {}).get("format") or {}
    if form.get("type") == "json_schema":
        part["text"] = json.dumps(fitting(form["schema"]))
    if script.words:
        part["text"] = words(script.words)
    if any(str(tool.get("type")).startswith("web_search") for tool in body.get("tools") or []):
        place = {
            "start_index": 0,
            "end_index": 5,
            "title": "News",
            "url": "https://example.com/news",
        }
        part["annotations"] = [{"type": "url_citation", **place}]
    if script.refusal:
        message["content"] = [{"type": "refusal", "refusal": REFUSAL}]


def _before(body: Body, script: Script) -> Iterator[Body]:
    """What a model does before it speaks: reasoning and the built-in tools it was given."""
    if script.reasoning or body.get("reasoning"):
        summary = [{"type": "summary_text", "text": REASONING}]
        yield {"type": "reasoning", "id": "rs_fake0001", "summary": summary}
    for tool in body.get("tools") or []:
        for kind, item in _BUILT_IN.items():
            if str(tool.get("type")).startswith(kind):
                yield {"id": f"{item['type']}_fake0001", "status": "completed", **item}


def events(body: Body, script: Script, vendor: Vendor) -> Iterator[Body]:
    """Answer ``/responses`` with ``stream``."""
    final = response(body, script, vendor)
    begun = final | {"status": "in_progress", "output": [], "usage": None, "error": None}
    begun["incomplete_details"] = None
    every: list[Body] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        *(event for index, item in enumerate(final["output"]) for event in _item(index, item)),
        {"type": f"response.{final['status']}", "response": final},
    ]
    for number, event in enumerate(every):
        yield event | {"sequence_number": number}


def _item(index: int, item: Body) -> Iterator[Body]:
    where = {"output_index": index}
    place = where | {"item_id": item["id"]}
    bare = item | {"status": "in_progress"}
    for growing in ("content", "summary"):
        if growing in item:
            bare[growing] = []
    if item["type"] == "function_call":
        bare["arguments"] = ""
    yield {"type": "response.output_item.added", **where, "item": bare}
    if item["type"] == "message":
        for position, part in enumerate(item["content"]):
            yield from _part(part, place | {"content_index": position})
    elif item["type"] == "reasoning":
        for position, part in enumerate(item["summary"]):
            for piece in pieces(part["text"]):
                kind = "response.reasoning_summary_text.delta"
                yield {"type": kind, **place, "summary_index": position, "delta": piece}
    elif item["type"] == "function_call":
        half = len(item["arguments"]) // 2
        kind = "response.function_call_arguments"
        for piece in (item["arguments"][:half], item["arguments"][half:]):
            yield {"type": f"{kind}.delta", **place, "delta": piece}
        done = {"arguments": item["arguments"], "name": item["name"]}
        yield {"type": f"{kind}.done", **place, **done}
    yield {"type": "response.output_item.done", **where, "item": item}


def _part(part: Body, place: Body) -> Iterator[Body]:
    field = "refusal" if part["type"] == "refusal" else "text"
    kind = "response.refusal" if field == "refusal" else "response.output_text"
    extra: Body = {} if field == "refusal" else {"logprobs": []}
    yield {"type": "response.content_part.added", **place, "part": part | {field: ""}}
    for piece in pieces(part[field]):
        yield {"type": f"{kind}.delta", **place, "delta": piece, **extra}
    yield {"type": f"{kind}.done", **place, field: part[field], **extra}
    yield {"type": "response.content_part.done", **place, "part": part}
