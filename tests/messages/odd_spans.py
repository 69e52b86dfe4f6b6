"""Spans with everything wrong in them, and the schema that reading them still has to meet."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from spanbridge_semconv.messages import Event, Messages, places

_WORDS = """
role content parts type text tool_calls function name arguments id index message choices messages
input output contents candidates system instructions finish_reason source data image_url url file
input_audio toolUse toolResult functionCall functionResponse response tool_call tool_call_response
tool_use tool_result tool-call tool-result blob uri reasoning function_call function_call_output
user assistant tool model status object args kwargs inputs outputs update generations replies items
prompt lc human ai query documents page_content score metadata embedding embeddings result value
json mediaType image media toolRequest toolResponse tool_call_result origin tool_name toolCallId
toolName additional_kwargs response_metadata event.name gen_ai.choice server_tool_call generic
modality generic_type structuredContent isError jsonrpc method params tools/call count dimensions
originalIndex 0 1 -1
"""

_FLATTENED = [
    "gen_ai.prompt.0.content",
    "gen_ai.prompt.0",
    "gen_ai.prompt.0.tool_calls.0.arguments",
    "gen_ai.completion.0.role",
    "llm.input_messages.0.message.role",
    "llm.input_messages.0.message.content",
    "llm.input_messages.0.message",
    "llm.input_messages.0.message.contents.0",
    "llm.input_messages.0.message.contents.0.message_content.type",
    "llm.input_messages.0.message.contents.0.message_content.image",
    "llm.output_messages.0.message.tool_calls.0.tool_call",
    "llm.tools.0.tool.json_schema",
    "llm.tools",
    "message.tool_calls",
    "llm.request.functions.0.name",
    "llm.finish_reason",
    "llm.prompts.0.prompt.text",
    "llm.openai.messages",
    "llm.openai.choices",
    "embedding.embeddings.0.embedding.text",
    "embedding.embeddings.0.embedding.vector",
    "retrieval.documents.0.document.content",
    "retrieval.documents.0.document",
    "reranker.output_documents.0.document.score",
    "tool.parameters",
]
_CONVENTIONS = [
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
]


def _of_tables() -> list[str]:
    """Every attribute that the tables of places name."""
    found: set[str] = {key for place in places.PAYLOADS for key in place[:2]}
    found |= {key for place in places.ANSWERS for keys in place for key in keys}
    for name in dir(places):
        table = getattr(places, name)
        if name.isupper() and isinstance(table, tuple) and isinstance(table[0], str):
            found |= {key for key in table if isinstance(key, str)}
    return sorted(found - {""})


WORDS = st.sampled_from(_WORDS.split())
# Numbers and text that no JSON writer can spell, too.
NUMBERS = st.integers() | st.integers(2**63, 2**70) | st.floats()
TEXT = st.text(max_size=8) | st.text(st.characters(categories=["Cs", "L"]), max_size=3)
VALID = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)
ODD = st.recursive(
    VALID | NUMBERS | TEXT | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | TEXT, inner, max_size=4),
    max_leaves=12,
)
TRANSCRIPTS = st.lists(st.tuples(WORDS, st.text(max_size=5)), max_size=4).map(
    lambda turns: "\n".join(f"{role}: {said}" for role, said in turns)
)
SPELLED = (
    VALID.map(json.dumps)
    | VALID.map(json.dumps).map(json.dumps)
    | ODD.map(repr)
    | VALID.map(repr)
    | TRANSCRIPTS
)
VALUES = VALID | SPELLED | ODD
KEYS = st.sampled_from(_CONVENTIONS + _FLATTENED + _of_tables())
NAMES = st.sampled_from(
    [
        "gen_ai.system.message",
        "gen_ai.user.message",
        "gen_ai.tool.message",
        "gen_ai.choice",
        "gen_ai.content.prompt",
        "gen_ai.content.completion",
        "gen_ai.client.inference.operation.details",
        "claude_code.user_prompt",
        "gemini_cli.api_response",
        "codex.tool_result",
        "db.query.result",
        "",
    ]
)
MEMBERS = st.sampled_from(
    ["prompt", "response_text", "gen_ai.event.content", "db.query.result.score", "event.name"]
)
EVENTS = st.lists(
    st.builds(Event, NAMES, st.dictionaries(WORDS | KEYS | MEMBERS, VALUES, max_size=4), VALUES),
    max_size=4,
)
ATTRIBUTES = st.dictionaries(KEYS, VALUES, max_size=8)

_TEXT_MEMBERS = {
    "text": ("content",),
    "reasoning": ("content",),
    "tool_call": ("name",),
    "tool_call_response": (),
    "blob": ("content", "modality"),
    "uri": ("uri", "modality"),
    "file": ("file_id", "modality"),
    "server_tool_call": ("name",),
    "server_tool_call_response": (),
    "generic": (),
}
_MEMBERS = {
    "tool_call_response": "response",
    "server_tool_call": "server_tool_call",
    "server_tool_call_response": "server_tool_call_response",
}


def check_part(part: dict[str, Any]) -> None:
    """Assert that a part is one of the target schema."""
    kind = part["type"]
    assert kind in _TEXT_MEMBERS
    for member in _TEXT_MEMBERS[kind]:
        assert isinstance(part[member], str)
    assert _MEMBERS.get(kind, "type") in part
    if kind != "generic":
        assert isinstance(part.get("id", ""), str)


def check(found: Messages) -> None:
    """Assert that everything found is in the target schema."""
    for message in found.input + found.output:
        assert set(message) <= {"role", "parts", "name", "finish_reason"}
        for member in ("role", "name", "finish_reason"):
            assert isinstance(message.get(member, "x"), str)
        assert message["role"]
        for part in message["parts"]:
            check_part(part)
    for part in found.system_instructions:
        check_part(part)
    for tool in found.tool_definitions:
        assert isinstance(tool["type"], str)
        assert isinstance(tool.get("name", ""), str)
