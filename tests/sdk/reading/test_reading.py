"""What is asked of the service, and what becomes of its answers."""

from __future__ import annotations

import copy
import logging
import sys
from typing import Any

import pandas
import pytest
from opentelemetry.trace import SpanContext

import spanbridge
from spanbridge import ended_roots
from spanbridge.entities import Trace
from spanbridge.exceptions import InvalidValueError, ServiceError
from spanbridge.reading import flushing, traces
from tests.sdk.reading.recordings import Documents
from tests.sdk.reading.scripted import Answer, ScriptedService, refused, told

MISSING = refused(404, "not_found", "there is no trace", "it may not have arrived yet")
TRACE_ID = "0123456789abcdef" * 2


@pytest.fixture
def document(documents: Documents) -> dict[str, Any]:
    return copy.deepcopy(documents["mlflow/agent"])


def page(*documents: dict[str, Any], token: str | None = None) -> Answer:
    return told({"traces": documents, "next_page_token": token})


def ended_here(monkeypatch: pytest.MonkeyPatch, root: str) -> None:
    context = SpanContext(int(TRACE_ID, 16), int(root, 16), is_remote=False)
    monkeypatch.setattr(ended_roots, "_ended", [context])


@pytest.mark.parametrize("given", [TRACE_ID, f"tr-{TRACE_ID}", TRACE_ID.upper()])
def test_a_trace_is_read_by_its_id(
    scripted: ScriptedService, document: dict[str, Any], given: str
) -> None:
    scripted.answers(told(document))
    trace = spanbridge.get_trace(given)
    assert trace == Trace.from_document(document)
    assert scripted.asked[0].path == f"/api/traces/{TRACE_ID}"


def test_a_missing_trace_is_none_and_told(
    scripted: ScriptedService, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.answers(MISSING)
    assert spanbridge.get_trace(TRACE_ID) is None
    assert "it may not have arrived yet" in caplog.text
    assert len(scripted.asked) == 1
    caplog.clear()
    assert spanbridge.get_trace(TRACE_ID, silent=True) is None
    assert caplog.records == []


@pytest.mark.parametrize("given", ["", "tr-", "../traces", "xyz", "0" * 31 + "g", 7])
def test_what_is_no_id_is_told(scripted: ScriptedService, given: Any) -> None:
    with pytest.raises(InvalidValueError, match="is no trace id"):
        spanbridge.get_trace(given)
    assert scripted.asked == []


@pytest.mark.parametrize("given", ["0" * 32, "tr-" + "0" * 32, None])
def test_the_id_of_what_is_not_recorded_finds_nothing(
    scripted: ScriptedService, caplog: pytest.LogCaptureFixture, given: Any
) -> None:
    assert spanbridge.get_trace(given, silent=True) is None
    assert caplog.records == []
    assert spanbridge.get_trace(given) is None
    assert "not recorded" in caplog.text
    assert scripted.asked == []


def test_a_trace_made_here_is_waited_for(
    scripted: ScriptedService, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = document["spans"][0]["span_id"]
    ended_here(monkeypatch, root)
    partly = document | {"spans": document["spans"][1:]}
    scripted.answers(MISSING, told(partly), told(document))
    trace = spanbridge.get_trace(TRACE_ID)
    assert trace is not None
    assert len(trace.data.spans) == 4
    assert len(scripted.asked) == 3


def test_waiting_ends(
    scripted: ScriptedService,
    document: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended_here(monkeypatch, "f" * 16)
    monkeypatch.setattr(traces, "ARRIVAL_TIMEOUT_S", 0.2)
    scripted.answers(MISSING)
    assert spanbridge.get_trace(TRACE_ID) is None
    assert 2 <= len(scripted.asked) <= 5
    assert "no trace" in caplog.text.lower()
    scripted.answers(told(document))
    assert spanbridge.get_trace(TRACE_ID) is not None, "what is there is better than nothing"


def test_a_search_asks_for_what_is_wanted(
    scripted: ScriptedService, document: dict[str, Any]
) -> None:
    scripted.answers(page(document))
    found = spanbridge.search_traces(
        experiment_ids=["shop"],
        filter_string="status = 'OK'",
        order_by=["timestamp DESC"],
        max_results=7,
        run_id="r",
        include_spans=False,
        locations=["bank"],
        return_type="list",
    )
    assert found == [Trace.from_document(document)]
    [asked] = scripted.asked
    assert asked[:2] == ("POST", "/api/traces/search")
    assert asked.body == {
        "filter": "status = 'OK'",
        "order_by": ["timestamp DESC"],
        "max_results": 7,
        "page_token": None,
        "include_spans": False,
        "experiment_ids": ["shop", "bank"],
        "run_id": "r",
    }


def test_all_pages_are_read(scripted: ScriptedService, document: dict[str, Any]) -> None:
    scripted.answers(page(document, document, token="2"), page(document, token="3"), page())
    assert len(spanbridge.search_traces(return_type="list")) == 3
    asked = [(asked.body["page_token"], asked.body["max_results"]) for asked in scripted.asked]
    assert asked == [(None, 100), ("2", 100), ("3", 100)]


def test_no_more_is_read_than_wanted(scripted: ScriptedService, document: dict[str, Any]) -> None:
    scripted.answers(page(*[document] * 100, token="2"), page(*[document] * 20, token="3"))
    assert len(spanbridge.search_traces(max_results=120, return_type="list")) == 120
    assert [asked.body["max_results"] for asked in scripted.asked] == [100, 20]


def test_with_pandas_a_search_answers_a_frame(
    scripted: ScriptedService, document: dict[str, Any]
) -> None:
    scripted.answers(page(document, document))
    frame = spanbridge.search_traces()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == [
        *("trace_id", "trace", "client_request_id", "state", "request_time"),
        *("execution_duration", "request", "response", "trace_metadata", "tags", "spans"),
        "assessments",
    ]
    assert len(frame) == 2
    first = frame.iloc[0]
    assert first["trace_id"] == document["trace_id"]
    assert first["state"] == "OK"
    assert first["request_time"] == document["start_time_unix_nano"] // 10**6
    assert first["request"] == {"q": "Weather in Paris?"}
    assert [span["name"] for span in first["spans"]][:2] == ["agent", "get_weather"]
    assert Trace.from_json(first["trace"]).trace_id == document["trace_id"]


def test_an_empty_frame_has_the_columns_too(scripted: ScriptedService) -> None:
    scripted.answers(page())
    frame = spanbridge.search_traces(return_type="pandas")
    assert list(frame.columns) == Trace.pandas_dataframe_columns()
    assert len(frame) == 0


def test_without_pandas_a_search_answers_a_list(
    scripted: ScriptedService, document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    scripted.answers(page(document))
    assert isinstance(spanbridge.search_traces(), list)
    with pytest.raises(InvalidValueError, match=r"pip install 'spanbridge\[pandas\]'"):
        spanbridge.search_traces(return_type="pandas")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"return_type": "polars"}, "return_type is 'pandas' or 'list'"),
        ({"order_by": "timestamp"}, "order_by is a list"),
        ({"experiment_ids": [7]}, "experiment_ids is a list"),
        ({"experiment_ids": "A"}, "experiment_ids is a list of texts, not 'A'"),
        ({"locations": "A"}, "locations is a list of texts, not 'A'"),
        ({"experiment_ids": 5}, "experiment_ids is a list of texts, not 5"),
        ({"order_by": 5}, "order_by is a list of texts, not 5"),
        ({"model_id": 7}, "model_id is a text"),
        ({"extract_fields": ["a.inputs"]}, "extract_fields is not taken"),
        ({"sql_warehouse_id": "w"}, "sql_warehouse_id is not taken"),
        ({"filter_string": 7}, "filter_string is a text"),
        ({"max_results": 0}, "at least 1"),
        ({"max_results": "7"}, "at least 1"),
        ({"max_results": True}, "at least 1"),
    ],
)
def test_what_cannot_be_asked_is_told_before_asking(
    scripted: ScriptedService, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidValueError, match=message):
        spanbridge.search_traces(**asked)
    assert scripted.asked == []


def test_a_malformed_filter_is_told_as_the_service_tells_it(scripted: ScriptedService) -> None:
    scripted.answers(refused(400, "bad_request", "filter: position 8: = expected", "like this"))
    with pytest.raises(InvalidValueError, match="position 8: = expected: like this"):
        spanbridge.search_traces(filter_string="status OK")


def test_the_hint_stands_below_the_place_in_a_filter(scripted: ScriptedService) -> None:
    shown = "nothing is called nme\nnme = 1\n^"
    scripted.answers(refused(400, "bad_request", shown, "accepted: name"))
    with pytest.raises(InvalidValueError) as raised:
        spanbridge.search_traces(filter_string="nme = 1")
    assert str(raised.value) == f"{shown}\naccepted: name"


@pytest.mark.parametrize(
    "answer",
    [
        *({}, [], 7, None, "text", {"traces": 7}, {"traces": [{}], "next_page_token": None}),
        {"traces": [7], "next_page_token": None},
        {"traces": []},
        {"traces": [{"trace_id": "x", "spans": 7}], "next_page_token": None},
    ],
    ids=str,
)
def test_answers_of_something_else_are_told(scripted: ScriptedService, answer: Any) -> None:
    scripted.answers(told(answer))
    with pytest.raises(ServiceError, match="is no spanbridge service of this version") as raised:
        spanbridge.search_traces(return_type="list")
    assert raised.value.error_code == "malformed_answer"
    assert scripted.uri in str(raised.value)


def test_documents_that_are_none_are_told(
    scripted: ScriptedService, document: dict[str, Any]
) -> None:
    for broken in (
        {key: value for key, value in document.items() if key != "state"},
        document | {"state": "SOMEHOW"},
        document | {"tags": None},
        document | {"assessments": [{}]},
    ):
        scripted.answers(told(broken))
        with pytest.raises(ServiceError, match="lacks or has wrong"):
            spanbridge.get_trace(TRACE_ID)


def test_spans_are_sent_before_they_are_looked_for(
    scripted: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[float] = []

    def flush(timeout_s: float) -> bool:
        flushed.append(timeout_s)
        return True

    monkeypatch.setattr("spanbridge.pipeline.provider.flush", flush)
    scripted.answers(page())
    spanbridge.search_traces(return_type="list")
    spanbridge.search_traces(return_type="list", flush=False)
    assert flushed == [flushing.FLUSH_TIMEOUT_S]
    scripted.answers(MISSING)
    spanbridge.get_trace(TRACE_ID, silent=True)
    spanbridge.get_trace(TRACE_ID, silent=True, flush=False)
    assert len(flushed) == 2


def session(**values: Any) -> dict[str, Any]:
    return {
        "session_id": "s-1",
        "user_id": "",
        "start_time_unix_nano": 1,
        "end_time_unix_nano": 2,
        "trace_count": 2,
        "trace_ids": ["1" * 32, "2" * 32],
        "usage": None,
        "cost_usd": None,
    } | values


def test_sessions_read_their_traces_when_asked_for(
    scripted: ScriptedService, document: dict[str, Any]
) -> None:
    scripted.answers(told({"sessions": [session()], "next_page_token": None}))
    [found] = spanbridge.search_sessions(filter_string="name = 'agent'", include_spans=False)
    [asked] = scripted.asked
    assert asked[:2] == ("POST", "/api/sessions/search")
    assert asked.body["filter"] == "name = 'agent'"
    assert asked.body["max_results"] == 100
    assert (found.id, found.user_id, len(found)) == ("s-1", None, 2)
    assert found.token_usage is found.cost is None

    later = document | {"start_time_unix_nano": document["start_time_unix_nano"] + 1}
    scripted.answers(page(later, document))
    first, second = found
    assert first.info.start_time_ns < second.info.start_time_ns
    assert found[0] is first
    assert found.traces is found.traces
    [asked] = scripted.asked
    assert asked.body["filter"] == f"request_id IN ('{'1' * 32}', '{'2' * 32}')"
    assert asked.body["include_spans"] is False


def test_a_session_cannot_smuggle_a_filter(scripted: ScriptedService) -> None:
    odd = session(trace_ids=["') OR name != ('"])
    scripted.answers(told({"sessions": [odd], "next_page_token": None}))
    [found] = spanbridge.search_sessions()
    with pytest.raises(InvalidValueError):
        print(found.traces)
    assert len(scripted.asked) == 1


def test_tags_are_set_and_deleted(scripted: ScriptedService) -> None:
    scripted.answers(told({"tags": {}}))
    spanbridge.set_trace_tag(f"tr-{TRACE_ID}", "team", 7)
    spanbridge.delete_trace_tag(TRACE_ID, "team")
    spanbridge.MlflowClient().set_trace_tag(TRACE_ID, "seen", True)
    assert [asked[:3] for asked in scripted.asked] == [
        ("PATCH", f"/api/traces/{TRACE_ID}/tags", {"team": "7"}),
        ("PATCH", f"/api/traces/{TRACE_ID}/tags", {"team": None}),
        ("PATCH", f"/api/traces/{TRACE_ID}/tags", {"seen": "true"}),
    ]
    with pytest.raises(InvalidValueError, match="is no trace id"):
        spanbridge.set_trace_tag("no id", "team", "x")


def test_warnings_are_logged_under_the_package(
    scripted: ScriptedService, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.answers(MISSING)
    spanbridge.get_trace(TRACE_ID)
    assert [(r.name, r.levelno) for r in caplog.records if r.name == "spanbridge"] == [
        ("spanbridge", logging.WARNING)
    ]
