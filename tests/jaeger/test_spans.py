"""What Jaeger gets of a span: all that was sent, and the words that its GenAI view reads."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanbridge_ingest.jaeger.chunks import chunks
from spanbridge_ingest.query.traces import trace_document, trace_documents
from spanbridge_ingest.retranslate.values import attributes
from spanbridge_ingest.store import ClickHouseStore
from spanbridge_semconv.emit.registry_keys import BY_NAME
from tests.jaeger import plain
from tests.jaeger.client import spans
from tests.query.loading import TRACE_FILES

MESSAGES = {
    "input_messages": "gen_ai.input.messages",
    "output_messages": "gen_ai.output.messages",
    "system_instructions": "gen_ai.system_instructions",
    "tool_definitions": "gen_ai.tool.definitions",
}
STATED = frozenset(concept.gen_ai for concept in BY_NAME.values() if concept.gen_ai) | {
    *MESSAGES.values()
}
FOLDERS = sorted({path.parent.name for path in TRACE_FILES})


@cache
def _sent(folder: str) -> dict[tuple[bytes, bytes], Span]:
    payloads = [path.read_bytes() for path in TRACE_FILES if path.parent.name == folder]
    found = [span.message for payload in payloads for span in plain.spans_of(payload)]
    return {(span.trace_id, span.span_id): span for span in found}


@cache
def _got(store: ClickHouseStore, folder: str) -> dict[tuple[bytes, bytes], Span]:
    trace_ids = list(dict.fromkeys(trace_id.hex() for trace_id, _ in _sent(folder)))
    pieces = [piece for some in chunks(store, trace_ids) for piece in some]
    return {(span.trace_id, span.span_id): span for span in spans(pieces)}


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_span_is_what_was_sent_and_more(store: ClickHouseStore, folder: str) -> None:
    got = _got(store, folder)
    assert got.keys() == _sent(folder).keys()
    for key, sent in _sent(folder).items():
        shown = {pair.key: pair.SerializeToString() for pair in got[key].attributes}
        for pair in sent.attributes:
            # Words of the conventions may be restated; others never are.
            if pair.key not in STATED:
                assert shown[pair.key] == pair.SerializeToString(), pair.key
        assert {pair.key for pair in sent.attributes} <= shown.keys()
        bare, other = Span(), Span()
        bare.CopyFrom(sent)
        other.CopyFrom(got[key])
        for one in (bare, other):
            del one.attributes[:]
            if not one.status.code and not one.status.message:
                one.ClearField("status")
        assert bare == other


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_chat_is_in_attributes(store: ClickHouseStore, folder: str) -> None:
    """The same messages as in the trace's document, which the dialects' own tests judge."""
    got = _got(store, folder)
    trace_ids = sorted({key[0].hex() for key in got})
    for trace_id, document in trace_documents(store, trace_ids).items():
        shown = {
            key[1].hex(): attributes(span.attributes)
            for key, span in got.items()
            if key[0].hex() == trace_id
        }
        for span in document["spans"]:
            for member, key in MESSAGES.items():
                if _is_chat(span, member):
                    own = shown[span["span_id"]]
                    # A document has it on a call as well where a span around the call says it.
                    saying = [own] if key in own else [o for o in shown.values() if key in o]
                    said = [_comparable(json.loads(str(one[key]))) for one in saying]
                    assert _comparable(span[member]) in said, key


def _is_chat(span: dict[str, Any], member: str) -> bool:
    """Whether a call has messages; a result in no known form is in documents alone."""
    parts = [part for message in span[member] for part in message.get("parts", ())]
    generic = any(part["type"] == "generic" for part in parts)
    return span["span_type"] in ("LLM", "CHAT_MODEL") and bool(span[member]) and not generic


def _comparable(value: Any) -> Any:
    """Without members that are null; Google's models are assistants, as others are."""
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if isinstance(value, dict):
        kept = {k: _comparable(v) for k, v in value.items() if v is not None}
        return {**kept, "role": "assistant"} if kept.get("role") == "model" else kept
    return value


def test_every_recorded_dialect_has_a_chat_to_show(store: ClickHouseStore) -> None:
    silent = {
        folder
        for folder in FOLDERS
        if not any(
            "gen_ai.output.messages" in attributes(one.attributes)
            for one in _got(store, folder).values()
        )
    }
    # No contents were recorded there, or no model was called.
    assert silent == {
        folder
        for folder in FOLDERS
        if not any(
            span["output_messages"]
            for trace_id in {key[0].hex() for key in _sent(folder)}
            for span in trace_document(store, trace_id)["spans"]
        )
    }
    assert len(silent) < 5
