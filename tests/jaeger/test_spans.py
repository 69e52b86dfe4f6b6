"""What Jaeger gets of a span: all that was sent, and the words that its GenAI view reads."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanbridge_ingest.jaeger.chunks import chunks
from spanbridge_ingest.jaeger.spans import speakable
from spanbridge_ingest.query import rows
from spanbridge_ingest.query.traces import trace_document, trace_documents
from spanbridge_ingest.query.values import Attributes
from spanbridge_ingest.retranslate.values import attributes
from spanbridge_ingest.store import ClickHouseStore
from spanbridge_semconv import attribute_text
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
                _spell(pair.value)
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


def _spell(value: AnyValue) -> None:
    """Numbers that JSON has no words for are texts: Jaeger fails a search for one of them."""
    if value.HasField("double_value") and not math.isfinite(value.double_value):
        value.string_value = attribute_text(value.double_value)


def test_numbers_that_json_cannot_spell_are_texts() -> None:
    odd = (("nan", math.nan), ("inf", -math.inf), ("half", 0.5))
    sent = plain_record(odd)
    texts = (("nan", "nan"), ("inf", "-inf"), ("half", 0.5))
    shown = speakable(sent)
    assert shown.attributes == shown.resource.attributes == texts
    assert shown.events[0].attributes == shown.links[0].attributes == texts
    assert speakable(plain_record(texts)) == plain_record(texts)


def plain_record(attributes: Attributes) -> rows.SpanRecord:
    return rows.SpanRecord(
        **{"trace_id": "", "span_id": "", "parent_span_id": "", "trace_state": "", "flags": 0},
        **{"name": "", "kind": 0, "start": 0, "end": 0, "status_code": 0, "status_message": ""},
        **{"dropped_attributes": 0, "dropped_events": 0, "dropped_links": 0},
        attributes=attributes,
        events=(rows.EventRecord(0, "", attributes, 0),),
        links=(rows.LinkRecord("", "", "", attributes, 0, 0),),
        resource=rows.Resource(attributes, 0, "", ()),
        scope=rows.Scope("", "", (), 0, ""),
    )


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
