"""Every recorded trace, in every target: nothing is lost, nothing counts twice."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from spanbridge_ingest.retranslate import translate_request
from spanbridge_ingest.retranslate.values import attributes
from spanbridge_semconv import Canonical, Usage
from spanbridge_semconv.emit import KEPT, SOURCE_DIALECT, TARGETS
from spanbridge_semconv.messages import Messages
from spanbridge_semconv.messages.model import media
from spanbridge_semconv.model import CALL_TYPES, TRANSLATED
from tests.emit import traces
from tests.emit.traces import ReadSpan, translated
from tests.semconv import corpus
from tests.semconv.corpus import Case

IN_DEFAULT_RUN = 2
"""Cases of each emitter that are translated in every run; the others only in the slow one."""


def _cases() -> Iterator[Any]:
    seen: Counter[str] = Counter()
    for case in corpus.cases():
        seen[case.dialect] += 1
        marks = [pytest.mark.slow] if seen[case.dialect] > IN_DEFAULT_RUN else []
        yield pytest.param(case, marks=marks, id=str(case))


CASES = pytest.mark.parametrize("case", list(_cases()))
TO = pytest.mark.parametrize("to", TARGETS)

TOKENS = tuple(Usage.__dataclass_fields__)
COMPARED = tuple(
    name
    for name in Canonical.__dataclass_fields__
    if name not in ("dialect", "input", "output", "call_part", "operation", "span_type")
)
"""Payloads may move; operations and types have a test of their own; a dialect is what changes."""
FOUND_SINCE = {"finish_reasons", "response_id"}
"""What a span may say only after translation: what stood in a log record, in a message or in a
payload that has a place now."""
KINDS = {
    "CHAT_MODEL": "LLM",
    **{kind: "CHAIN" for kind in ("WORKFLOW", "TASK", "PARSER", "MEMORY")},
}
"""Span types that OpenInference does not know, unless the source's own word stays beside it."""
USAGE_SPACES = (
    *("gen_ai.usage.", "llm.token_count.", "llm.usage.", "ai.usage.", "mlflow.chat.tokenUsage"),
    *("langfuse.observation.usage_details", "usage.", "gen_ai.client.token.usage"),
)
COSTS = ("cost",)


@CASES
@TO
def test_translating_again_changes_nothing(case: Case, to: str) -> None:
    once = translated(case, to)
    assert translate_request(once, to).SerializeToString() == once.SerializeToString()
    with_logs = translate_request(once, to, logs=traces.logs(case))
    assert with_logs.SerializeToString() == once.SerializeToString()


@CASES
@TO
def test_what_is_no_genai_attribute_stays(case: Case, to: str) -> None:
    pairs = zip(traces.before(case).spans, traces.after(case, to).spans, strict=True)
    for old, new in pairs:
        if not old.found.dialect:
            assert new.message == old.message
        lost = old.attributes.keys() - new.attributes.keys()
        aside = {key.removeprefix(KEPT) for key in new.attributes if key.startswith(KEPT)}
        for key in lost - aside:
            assert key.startswith(("gen_ai.", "llm.", "message.", "embedding.")) or any(
                key == known or key.startswith(known + ".") for known in RESTATED
            ), key
    before, after = traces.request(case), translated(case, to)
    for request in (before, after):
        for block in request.resource_spans:
            for scope in block.scope_spans:
                for span in scope.spans:
                    del span.attributes[:]
                    del span.events[:]
    assert after == before


RESTATED = (
    *("openinference.span.kind", "input", "output", "session.id", "user.id", "agent.name"),
    *("tool.name", "tool.id", "tool.description", "tool_call.id", "mlflow", "model", "retrieval"),
    *("traceloop", "ai", "langfuse", "lmnr", "langsmith", "anthropic", "gcp.vertex.agent"),
    *("error.type", "model_name", "agent_name", "tool_arguments", "tool_response", "reranker"),
    *("temperature", "max_tokens", "stream", "logfire", "pydantic_ai", "final_result", "prompt"),
    *("request_data", "response_data", "graph.node.name", "server", "gen_ai", "top_p", "seed"),
    *("operation.cost", "haystack", "fastmcp", "mcp", "deployment.environment", "stop", "n"),
)
"""Namespaces whose attributes may be said in other words. What is in none of them must stay."""


@CASES
@TO
def test_the_bridge_reads_the_same(case: Case, to: str) -> None:
    before = traces.before(case)
    after = traces.after(case, to)
    for old, new in zip(before.spans, after.spans, strict=True):
        differing = {
            name: (getattr(old.found, name), getattr(new.found, name))
            for name in COMPARED
            if getattr(old.found, name) != getattr(new.found, name)
            and not is_declared(name, old, new)
        }
        assert differing == {}, old.message.name


def is_declared(name: str, old: ReadSpan, new: ReadSpan) -> bool:
    """Whether a target has no way to say a value, or a translation must not say it."""
    was, now = getattr(old.found, name), getattr(new.found, name)
    if name in TOKENS and not old.totals.usage_counted:
        return now is None
    return was in ("", ()) and name in FOUND_SINCE


@CASES
@TO
def test_span_types_are_the_targets(case: Case, to: str) -> None:
    before = traces.before(case)
    after = traces.after(case, to)
    for old, new in zip(before.spans, after.spans, strict=True):
        wanted = old.found.span_type
        is_copy = wanted in CALL_TYPES and not old.totals.model_call
        if is_copy and (to != "otel" or old.found.call_part):
            wanted = "CHAIN"
        found = new.found.span_type
        if to == "mlflow":
            assert found == wanted
        elif to == "openinference":
            assert found == wanted or KINDS.get(found, found) == KINDS.get(wanted, wanted)
        else:
            assert found == wanted or {found, wanted} == {"LLM", "CHAT_MODEL"}


@CASES
@TO
def test_totals_and_model_calls_stay(case: Case, to: str) -> None:
    before = traces.before(case)
    after = traces.after(case, to)
    assert [t.usage for t in after.traces.values()] == [t.usage for t in before.traces.values()]
    calls = [t.model_calls for t in before.traces.values()]
    assert [t.model_calls for t in after.traces.values()] == calls


@CASES
@TO
def test_a_backend_that_adds_up_all_spans_gets_the_truth(case: Case, to: str) -> None:
    before = traces.before(case)
    sums = {trace_id: [0, 0] for trace_id in before.traces}
    for span in traces.after(case, to).spans:
        for side, count in enumerate(stated_usage(to, span.attributes)):
            sums[span.message.trace_id][side] += count
    truth = {
        trace_id: [
            (totals.usage and totals.usage.input_tokens) or 0,
            (totals.usage and totals.usage.output_tokens) or 0,
        ]
        for trace_id, totals in before.traces.items()
    }
    assert sums == truth


def stated_usage(to: str, own: Mapping[str, Any]) -> tuple[int, int]:
    """Input and output tokens as a backend of the dialect sees them."""
    if to == "mlflow":
        usage = json.loads(own.get("mlflow.chat.tokenUsage", "{}"))
        return usage.get("input_tokens", 0), usage.get("output_tokens", 0)
    keys = {
        "otel": ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
        "openinference": ("llm.token_count.prompt", "llm.token_count.completion"),
    }[to]
    return own.get(keys[0], 0), own.get(keys[1], 0)


@CASES
@TO
def test_usage_is_stated_in_one_dialect_only(case: Case, to: str) -> None:
    own = {"otel": "gen_ai.usage.", "openinference": "llm.token_count.", "mlflow": "mlflow."}[to]
    for span in traces.after(case, to).spans:
        if TRANSLATED in span.attributes:
            usage = {key for key in span.attributes if key.startswith(USAGE_SPACES)}
            assert {k for k in usage if not k.startswith(own) and "cost" not in k} == set()


@CASES
@TO
def test_messages_read_the_same(case: Case, to: str) -> None:
    before = traces.before(case)
    after = traces.after(case, to)
    for old, new in zip(before.spans, after.spans, strict=True):
        if old.found.span_type in CALL_TYPES:
            was, now = normal(old.said), normal(new.said)
            # What a payload says only where the target has a place for it may be found since.
            assert [now[i] for i, part in enumerate(was) if part] == [p for p in was if p]


def normal(said: Messages) -> list[list[Any]]:
    """Messages without what a target need not keep.

    The role of instructions (apart from the messages, or the first of them), several results of
    tools in one message, finish reasons (they are compared as such), messages without content, and
    payloads nobody could read.
    """
    whole = [{"role": "system", "parts": said.system_instructions}, *said.input]
    return [_normal(whole), _normal(said.output), list(said.tool_definitions)]


def _normal(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for said in messages:
        role = {"model": "assistant"}.get(said["role"], said["role"])
        results = [part for part in said["parts"] if part["type"] == "tool_call_response"]
        others = [part for part in said["parts"] if part["type"] != "tool_call_response"]
        # The name of the tool becomes the name of the message.
        bare = [{k: v for k, v in part.items() if k != "name"} for part in results]
        out += [{"role": "tool", "parts": [part]} for part in bare]
        if readable := [_inline(part) for part in others if not _is_unreadable(part)]:
            out.append({"role": role, "parts": readable})
    return out


def _inline(part: dict[str, Any]) -> dict[str, Any]:
    """A part; the address of an image that holds the image is the image."""
    url = part.get("uri")
    return media(url, part["modality"]) if isinstance(url, str) else part


def _is_unreadable(part: dict[str, Any]) -> bool:
    """Content that no reader knows, as it is or, in OpenInference, as the text of its JSON."""
    return part["type"] == "generic" or str(part.get("content")).startswith('{"type":"generic"')


@CASES
@TO
def test_tools_keep_arguments_and_results(case: Case, to: str) -> None:
    before = traces.before(case)
    after = traces.after(case, to)
    for old, new in zip(before.spans, after.spans, strict=True):
        if old.found.span_type == "TOOL":
            assert new.tool == old.tool


@CASES
def test_translated_spans_name_their_source(case: Case) -> None:
    for to in TARGETS:
        pairs = zip(traces.before(case).spans, traces.after(case, to).spans, strict=True)
        for old, new in pairs:
            if attributes(new.message.attributes) != attributes(old.message.attributes):
                assert new.attributes[SOURCE_DIALECT] == old.found.dialect
                assert new.attributes[TRANSLATED] == to
                assert new.found.dialect == to
