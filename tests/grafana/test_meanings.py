"""What panels say of a few rows whose sums are known."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from spanbridge_ingest.store import open_store
from tests.grafana.questions import Reader, handle
from tools.grafana.sql import query

BEGIN = 1_767_225_600
HOUR_S = 3600

Row = Mapping[str, object]


def call(trace: str, second: int, **columns: object) -> Row:
    """A model call whose usage counts."""
    return {
        **{"Timestamp": BEGIN + second, "TraceId": trace, "SpanId": f"{second:016x}"},
        **{"RowHash": second, "Version": 1, "ServiceName": "shop", "SpanType": "CHAT_MODEL"},
        **{"RequestModel": "m", "Duration": 1_000_000_000, "ModelCall": 1, "UsageCounted": 1},
        **columns,
    }


def priced(tokens: int, usd: float | None) -> Row:
    return {"InputTokens": tokens, "OutputTokens": 0, "TotalTokens": tokens, "CostUsd": usd}


def said_of(name: str) -> Mapping[str, str]:
    return {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}


def tool(trace: str, second: int, name: str) -> Row:
    return {
        **{"Timestamp": BEGIN + second, "TraceId": trace, "SpanId": f"{second:016x}"},
        **{
            "ServiceName": "shop",
            "SpanName": f"execute_tool {name}",
            "SpanAttributes": said_of(name),
        },
    }


def said(trace: str, kind: str, value: str) -> Row:
    return {
        **{"TraceId": trace, "AssessmentId": f"a-{trace}-{kind}", "Name": "correct", "Kind": kind},
        **{"Value": value, "SourceType": "HUMAN", "CreatedAt": BEGIN, "Version": 1},
    }


AGENT = {"SpanType": "AGENT", "ModelCall": 0, "RequestModel": ""}
CALLS = [
    # A session of two traces: the first says no user, the second has no known price.
    call("t1", 1, TraceSessionId="s", **priced(100, 3.0), CacheReadTokens=90),
    call("t2", 2, TraceSessionId="s", TraceUserId="jane", **priced(100, None)),
    # A call that reports no usage, which stands on the agent above it.
    call("t3", 3, UsageCounted=0, CostUsd=None),
    call("t3", 4, **AGENT, **priced(50, 1.0)),
    # The same of embeddings: one call, and what wraps it.
    call("t4", 5, SpanType="EMBEDDING", UsageCounted=0, RequestModel="e", StatusCode="Error"),
    call("t4", 6, SpanType="EMBEDDING", ModelCall=0, RequestModel="e", **priced(7, 0.5)),
]
TOOLS = [
    *(tool("t5", 10 + n, "read") for n in range(4)),
    *(tool("t5", 20 + n, "write") for n in range(4)),
    *(tool("t6", 30 + n, "read") for n in range(3)),
]
ASSESSMENTS = [
    said("t1", "feedback", "false"),
    said("t1", "expectation", "true"),
    said("t2", "expectation", "true"),
]
TAGS: list[Row] = [
    {"TraceId": "t1", "Key": "env", "Value": "test", "Version": 1},
    {"TraceId": "t1", "Key": "gone", "Value": "x", "Version": 1},
    {"TraceId": "t1", "Key": "gone", "Value": "", "Version": 2, "Deleted": True},
]


@pytest.fixture(scope="module")
def few(template_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    directory = tmp_path_factory.mktemp("few") / "store"
    shutil.copytree(template_store, directory, symlinks=True)
    with closing(open_store(directory=directory)) as store:
        for table, rows in (
            ("trace_calls", CALLS),
            ("otel_traces", TOOLS),
            ("trace_assessments", ASSESSMENTS),
            ("trace_tags", TAGS),
        ):
            for row in rows:
                line = json.dumps(row).encode()
                store.engine.insert(table, "JSONEachRow", [line], {}, list(row))
        with closing(Reader(handle(directory), BEGIN - 10, BEGIN + HOUR_S)) as reader:
            yield reader


def answers(few: Reader, name: str, **values: str) -> list[dict[str, object]]:
    answer = few.ask(query(name), **values)
    return [dict(zip(answer.column_names, row, strict=True)) for row in answer.result_rows]


def test_usage_that_only_an_agent_reports_is_in_the_overview(few: Reader) -> None:
    [glance] = answers(few, "overview/glance")
    assert (glance["Model calls"], glance["Tokens"], glance["Cost"]) == (4, 257, 4.5)
    assert glance["Failed"] == 0.25
    [tokens] = answers(few, "tokens/glance")
    assert tokens["Cost"] == glance["Cost"]
    [service] = answers(few, "overview/services")
    assert (service["Calls"], service["Failed calls"]) == (4, 1)
    assert (service["Tokens"], service["Cost"]) == (257, 4.5)


def test_what_is_not_known_is_not_divided_by(few: Reader) -> None:
    [glance] = answers(few, "tokens/glance")
    assert glance["Cost per trace"] == pytest.approx(4.5 / 3)
    assert glance["Calls without a price"] == 1
    [sessions] = answers(few, "sessions/glance")
    assert (sessions["Sessions"], sessions["Cost per session"]) == (1, 3.0)
    assert sessions["Users"] == 1
    assert sessions["Cost per user"] is None


@pytest.mark.parametrize("name", ["sessions/sessions", "tokens/sessions"])
def test_a_session_has_the_user_that_any_of_its_traces_says(few: Reader, name: str) -> None:
    [session] = answers(few, name)
    assert (session["Session"], session["User"], session["Traces"]) == ("s", "jane", 2)


def test_calls_that_say_nothing_of_a_cache_did_not_read_from_it(few: Reader) -> None:
    shares = answers(few, "tokens/cache_share")
    assert [(row["label"], row["share"]) for row in shares] == [("m", pytest.approx(90 / 200))]


def test_what_wraps_embeddings_is_no_call(few: Reader) -> None:
    [glance] = answers(few, "retrieval/glance_embeddings")
    assert (glance["Embedding calls"], glance["Failed"], glance["Input tokens"]) == (1, 1.0, 7)
    [model] = answers(few, "retrieval/embedding_models")
    assert (model["Calls"], model["Failed"], model["Cost"]) == (1, 1.0, 0.5)
    assert sum(int(str(row["calls"])) for row in answers(few, "retrieval/embedding_calls")) == 1


def test_a_trace_that_repeats_two_tools_is_one_trace(few: Reader) -> None:
    found = answers(few, "agents/looping", repeats="4")
    assert [row["traces with repeated calls"] for row in found] == [1]
    found = answers(few, "agents/looping", repeats="3")
    assert [row["traces with repeated calls"] for row in found] == [2]


def test_what_is_expected_is_no_feedback(few: Reader) -> None:
    [glance] = answers(few, "quality/glance")
    assert (glance["Feedback"], glance["Expectations"]) == (1, 2)
    assert (glance["Said yes"], glance["Traces judged"]) == (0, 1)


def test_a_tag_that_was_removed_everywhere_cannot_be_chosen(few: Reader) -> None:
    assert [row["Key"] for row in answers(few, "variables/tag")] == ["env"]
