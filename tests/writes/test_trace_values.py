"""What spans say of their trace, in documents and in lists."""

from __future__ import annotations

import json
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_ingest.query.previews import MAX_CHARS, cut
from spanbridge_ingest.query.schema import TraceDocument, TraceSummary
from spanbridge_ingest.store import Batch, ClickHouseStore, Signal
from tests.query.loading import BatchIds, write
from tests.writes.conftest import Api
from tests.writes.events import trace_with

NAMED = ("state", "request_preview", "response_preview", "client_request_id")
ASKED = [
    {"role": "system", "parts": [{"type": "text", "content": "be brief"}]},
    {"role": "user", "parts": [{"type": "text", "content": "first"}]},
    {"role": "assistant", "parts": [{"type": "text", "content": "ok"}]},
    {"role": "user", "parts": [{"type": "text", "content": "and then?"}]},
]
ANSWERED = [
    {"role": "assistant", "parts": [{"type": "text", "content": "that"}], "finish_reason": "stop"}
]


async def document(api: Api, trace_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await api.ask("GET", f"/traces/{trace_id}")
    TraceDocument.model_validate(found)
    return found


async def summary(api: Api, trace_id: str) -> dict[str, Any]:
    listed = (await api.ask("GET", "/traces?limit=500"))["traces"]
    [found] = [trace for trace in listed if trace["trace_id"] == trace_id]
    TraceSummary.model_validate(found)
    assert isinstance(found, dict)
    return found


async def test_values_of_our_sdk(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    root = {f"spanbridge.trace.{name}": f"the {name}" for name in NAMED if name != "state"}
    root |= {
        "spanbridge.trace.state": "IN_PROGRESS",
        "spanbridge.trace.metadata.mlflow.sourceRun": "run-1",
        "spanbridge.trace.metadata.version": "2",
        "mlflow.traceMetadata.old": "way",
        "mlflow.traceTag.env": "prod",
        "mlflow.traceTag.list": "[1]",
        "mlflow.traceTag.mlflow.traceName": "root",
        "mlflow.experimentId": '"12"',
        "session.id": "s-1",
        "user.id": "u-1",
        "gen_ai.operation.name": "invoke_agent",
    }
    later = {
        "mlflow.traceTag.env": "later",
        "mlflow.traceTag.more": "x",
        "spanbridge.trace.metadata.version": "3",
        "spanbridge.trace.request_preview": "later",
    }
    write(store, trace_with(number, root, later))
    expected = {
        "name": "root",
        "state": "IN_PROGRESS",
        "request_preview": "the request_preview",
        "response_preview": "the response_preview",
        "client_request_id": "the client_request_id",
        "experiment_id": "12",
        "run_id": "run-1",
        "session_id": "s-1",
        "user_id": "u-1",
        "tags": {"env": "prod", "list": "[1]", "more": "x"},
        "metadata": {"mlflow.sourceRun": "run-1", "version": "2", "old": "way"},
    }
    for found in (await document(api, trace_id), await summary(api, trace_id)):
        assert {key: found[key] for key in expected} == expected


async def test_a_span_that_is_not_about_genai_names_session_and_user(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    request = {"http.request.method": "POST", "session.id": "s-1", "user.id": "u-1"}
    call = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    write(store, trace_with(number, request, call))
    for found in (await document(api, trace_id), await summary(api, trace_id)):
        assert (found["session_id"], found["user_id"]) == ("s-1", "u-1")
    write(store, trace_with(number + 0x1000, request, {**call, "gen_ai.conversation.id": "c-1"}))
    assert (await document(api, f"{number + 0x1000:032x}"))["session_id"] == "c-1"


async def test_the_earliest_span_wins_whatever_arrives_first(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    both = trace_with(number, {"mlflow.traceTag.k": "root"}, {"mlflow.traceTag.k": "child"})
    for position in (1, 0):
        request = ExportTraceServiceRequest()
        request.CopyFrom(both)
        del request.resource_spans[0].scope_spans[0].spans[1 - position]
        write(store, request)
        found = await document(api, trace_id)
        assert found["tags"] == {"k": ("root", "child")[position]}
        assert found["state"] == ("OK", "IN_PROGRESS")[position]


@pytest.mark.parametrize(("code", "state"), [(0, "OK"), (1, "OK"), (2, "ERROR")])
async def test_the_state_is_the_root_s(
    api: Api, store: ClickHouseStore, number: int, trace_id: str, code: int, state: str
) -> None:
    request = trace_with(number, {"spanbridge.trace.state": "nonsense"}, {})
    root, child = request.resource_spans[0].scope_spans[0].spans
    root.status.code, child.status.code = code, 2  # type: ignore[assignment]
    write(store, request)
    assert (await document(api, trace_id))["state"] == state
    assert (await summary(api, trace_id))["state"] == state


@pytest.mark.parametrize(
    ("root", "asked", "answered"),
    [
        (
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.input.messages": json.dumps(ASKED),
                "gen_ai.output.messages": json.dumps(ANSWERED),
            },
            "and then?",
            "that",
        ),
        (
            {
                "openinference.span.kind": "CHAIN",
                "input.value": '{"question": "why?"}',
                "output.value": "because",
            },
            '{"question":"why?"}',
            "because",
        ),
        (
            {"openinference.span.kind": "CHAIN", "input.value": "x" * 1001},
            "x" * 997 + "...",
            "",
        ),
        ({}, "", ""),
    ],
)
async def test_previews_are_made_of_the_root(
    api: Api,
    store: ClickHouseStore,
    number: int,
    trace_id: str,
    root: dict[str, object],
    asked: str,
    answered: str,
) -> None:
    write(store, trace_with(number, root, {"input.value": "the child's"}))
    found = await document(api, trace_id)
    assert (found["request_preview"], found["response_preview"]) == (asked, answered)


def test_previews_are_cut() -> None:
    assert cut("x" * MAX_CHARS) == "x" * MAX_CHARS
    assert cut("x" * (MAX_CHARS + 1)) == "x" * (MAX_CHARS - 3) + "..."


async def test_other_dialects_tags_and_metadata_are_in_the_document(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    root = {
        "langfuse.observation.type": "span",
        "langfuse.trace.tags": '["a", "b"]',
        "langfuse.trace.metadata.tenant": "acme",
    }
    write(store, trace_with(number, root))
    found = await document(api, trace_id)
    assert (found["tags"], found["metadata"]) == ({"a": "", "b": ""}, {"tenant": "acme"})


async def test_the_experiment_named_beside_the_request_counts_if_no_span_names_one(
    api: Api, store: ClickHouseStore, number: int, trace_id: str
) -> None:
    def send(request: ExportTraceServiceRequest) -> None:
        ids = BatchIds()
        named = {"mlflow.experimentId": "from the header"}
        store.write(
            Batch(Signal.TRACES, ids.next(), request.SerializeToString(), [1], [b"h" * 16], named)
        )

    send(trace_with(number, {}))
    for found in (await document(api, trace_id), await summary(api, trace_id)):
        assert found["experiment_id"] == "from the header"
    other = number + 0x1000
    send(trace_with(other, {"mlflow.experimentId": "5"}))
    assert (await document(api, f"{other:032x}"))["experiment_id"] == "5"


async def test_our_keys_are_known(api: Api, store: ClickHouseStore, number: int) -> None:
    keys = [*(f"spanbridge.trace.{name}" for name in NAMED), "spanbridge.trace.metadata.agent"]
    keys += ["mlflow.traceTag.model", "mlflow.experimentId", "session.id", "user.id"]
    write(store, trace_with(number, {**dict.fromkeys(keys, "v"), "acme.llm.model": "v"}))
    unmapped = {found["key"] for found in (await api.ask("GET", "/unmapped"))["keys"]}
    assert "acme.llm.model" in unmapped
    assert not unmapped & set(keys)
