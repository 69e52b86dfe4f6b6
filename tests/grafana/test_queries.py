"""Every query answers over a week of traces, in the shape that its panel needs."""

from __future__ import annotations

import pytest
from clickhouse_connect.driver.query import QueryResult

from tests.grafana.questions import QUESTIONS, Question, Reader
from tools.grafana.sql import query

pytestmark = pytest.mark.timeout(600)  # the week is made in the set-up of the first test

NUMBER = ("UInt", "Int", "Float", "Decimal")
SPANS_OF_A_TRACE = {
    *("traceID", "spanID", "parentSpanID", "serviceName", "operationName", "startTime", "duration"),
    *("tags", "serviceTags", "statusCode", "logs", "references", "kind", "statusMessage"),
    *("traceState", "instrumentationLibraryName", "instrumentationLibraryVersion"),
}
"""The columns of Grafana's frame of a trace."""


def columns(answer: QueryResult) -> dict[str, str]:
    plain = (
        kind.name.removeprefix("LowCardinality(").removeprefix("Nullable(")
        for kind in answer.column_types
    )
    return dict(zip(answer.column_names, plain, strict=True))


def check_series(answer: QueryResult) -> None:
    """Time first and ascending, then at most one text, the name of the series, then numbers."""
    (time, *others), kinds = answer.column_names, columns(answer)
    assert time == "time"
    assert kinds[time].startswith("DateTime")
    times = [row[0] for row in answer.result_rows]
    assert times == sorted(times)
    labels = [name for name in others if kinds[name] in ("String", "String)")]
    assert labels in ([], ["label"])
    numbers = [name for name in others if name not in labels]
    assert numbers
    assert all(kinds[name].startswith(NUMBER) for name in numbers)
    if labels:
        assert len({row[:2] for row in answer.result_rows}) == len(answer.result_rows)
        assert all(row[1] for row in answer.result_rows)


def check_values(question: Question, answer: QueryResult) -> None:
    """Columns that are shown in a way of their own exist, and those with a unit are numbers."""
    kinds = columns(answer)
    assert set(question.columns) <= set(kinds)
    for name, unit in question.columns.items():
        time = unit == "dateTimeAsLocal"
        assert not unit or kinds[name].startswith(("DateTime",) if time else NUMBER), name
    if question.kind == "stat":
        assert len(answer.result_rows) == 1
    if question.kind == "barchart":
        assert next(iter(kinds.values())) == "String"


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.place)
def test_answer_has_rows_in_the_shape_of_the_panel(question: Question, week: Reader) -> None:
    answer = week.ask(question.sql)
    assert answer.result_rows
    match question.kind:
        case "timeseries":
            check_series(answer)
        case "traces":
            assert set(answer.column_names) == SPANS_OF_A_TRACE
        case "variable":
            assert next(iter(columns(answer).values())).startswith("String")
            values = [row[0] for row in answer.result_rows]
            assert len(set(values)) == len(values)
            assert all(values)
        case "rule":
            kinds = list(columns(answer).values())
            assert [kind.startswith(NUMBER) for kind in kinds].count(True) == 1
            assert [kind.startswith("String") for kind in kinds].count(True) == len(kinds) - 1
        case _:
            check_values(question, answer)


def test_a_choice_leaves_only_what_was_chosen(week: Reader) -> None:
    everything = week.ask(query("overview/services")).result_rows
    names = [row[0] for row in everything]
    assert len(names) > 3
    chosen = week.ask(query("overview/services"), service=names[1:3]).result_rows
    # Service, calls, failed calls: sums of costs depend on the order of their rows in the last bit.
    assert sorted(row[:3] for row in chosen) == sorted(row[:3] for row in everything[1:3])


def test_a_user_is_the_user_of_the_trace(week: Reader) -> None:
    [user, traces, *_] = week.ask(query("tokens/users")).result_rows[0]
    [answer] = week.ask(query("tokens/users"), user=[user]).result_rows
    assert answer[:2] == (user, traces)


NASTY = [
    *("it's", 'say "x"', "back\\slash", "CORP\\bob", "\\' OR 1=1 --", "\\\\' OR 1=1 --"),
    *("a,b", "{x}", "}", "$__timeFilter(x)", "${model}", "100%", "%2A", "*", "é ☃", "a\nb", "--"),
    *("'); DROP TABLE otel_traces; --", "@chosen(a, b)", "/*"),
]


@pytest.mark.parametrize("value", NASTY)
def test_any_text_is_a_value_and_nothing_else(value: str, week: Reader) -> None:
    part = (
        query("overview/services").split("WHERE", 2)[1].splitlines()[1].strip()
    )  # the choice of services
    part = part.removeprefix("AND ").replace("ServiceName", "unhex(substring(Hex, 1))")
    listed = [value, "another"]
    rows = ", ".join(f"'{each.encode().hex()}'" for each in [*listed, "no", value + "x"])
    answer = week.ask(
        f"SELECT unhex(Hex) FROM (SELECT arrayJoin([{rows}]) AS Hex) WHERE {part}", service=listed
    )
    assert [row[0] for row in answer.result_rows] == listed


@pytest.mark.parametrize("value", NASTY)
def test_any_text_may_be_typed(value: str, week: Reader) -> None:
    answer = week.ask("SELECT hex(decodeURLComponent('${session:percentencode}'))", session=value)
    assert answer.result_rows == [(value.encode().hex().upper(),)]


@pytest.mark.parametrize("value", ["", "\\' OR 1=1 --"])
def test_what_is_no_session_has_no_conversation(value: str, week: Reader) -> None:
    assert week.ask(query("sessions/conversation"), session=value).result_rows == []


def test_choosing_nothing_does_not_read_the_columns(week: Reader) -> None:
    plan = "\n".join(
        row[0]
        for row in week.ask(
            "EXPLAIN actions = 1 " + query("ingest/glance")
        ).result_rows
    )  # fmt: skip
    assert "decodeURLComponent" not in plan
    assert "percentencode" not in plan


@pytest.mark.parametrize(
    "name", ["sessions/conversation", "trace/conversation", "retrieval/latest"]
)
def test_attributes_are_read_once_and_not_once_for_every_key(name: str, week: Reader) -> None:
    plan = "\n".join(row[0] for row in week.ask("EXPLAIN actions = 1 " + query(name)).result_rows)
    assert "SpanAttributes" in plan
    assert "SpanAttributes.key_" not in plan


def test_an_id_may_be_written_as_mlflow_writes_it(week: Reader) -> None:
    trace = str(week.values["trace_id"])
    plain = week.ask(query("trace/summary")).result_rows
    assert week.ask(query("trace/summary"), trace_id=f" tr-{trace.upper()}").result_rows == plain


def test_a_trace_is_found_whatever_the_time_range_is(week: Reader) -> None:
    before = Reader.__new__(Reader)
    before.__dict__ |= week.__dict__ | {"begin": 1_000_000_000, "end": 1_000_000_060}
    for name in ("summary", "usage", "trace", "conversation", "calls", "feedback"):
        sql = query(f"trace/{name}")
        assert before.ask(sql).result_rows == week.ask(sql).result_rows, name
