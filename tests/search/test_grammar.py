"""Reading filters: what is a filter, what it means, and what is said of what is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanbridge_ingest.query.search.errors import FilterError
from spanbridge_ingest.query.search.fields import FIELDS, OPERATORS, Type
from spanbridge_ingest.query.search.nodes import And, Comparison, Field, Node, Not, Or
from spanbridge_ingest.query.search.order import parse_orders
from spanbridge_ingest.query.search.parse import MAX_COMPARISONS, MAX_DEPTH, parse_filter
from tests.search.filters import expressions

KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)


@given(expressions(12))
def test_what_is_printed_reads_back(node: Node) -> None:
    assert parse_filter(str(node)) == node


@given(key=KEYS, value=TEXTS | NUMBERS | st.booleans())
def test_any_key_and_value_read_back(key: str, value: str | int | float | bool) -> None:
    node = Comparison(Field("span.attributes", key), "=", value)
    assert parse_filter(str(node)) == node


@settings(max_examples=300)
@given(st.text(st.sampled_from("namestatu.'\"`() =!<>,%0189-\\ANDORTIkey \n"), max_size=40))
def test_any_text_is_read_or_refused_at_a_place(text: str) -> None:
    refused: FilterError | None = None
    try:
        parse_filter(text)
    except FilterError as error:
        refused = error
    assert refused is None or 0 <= refused.position <= len(text)
    assert refused is None or str(refused).splitlines()[0] == refused.problem


def one(text: str) -> Comparison:
    node = parse_filter(text)
    assert isinstance(node, Comparison)
    return node


@pytest.mark.parametrize(
    ("text", "name", "key"),
    [
        *((f"{scope}name = 'x'", "name", "") for scope in ("", "attributes.", "attribute.")),
        ("trace.name = 'x'", "name", ""),
        ("request_id = 'x'", "trace_id", ""),
        ("trace.request_id = 'x'", "trace_id", ""),
        ("attributes.timestamp > 1", "timestamp_ms", ""),
        ("timestamp_ms > 1", "timestamp_ms", ""),
        ("execution_time > 1", "execution_time_ms", ""),
        ("trace.execution_time_ms > 1", "execution_time_ms", ""),
        ("end_time > 1", "end_time_ms", ""),
        ("trace.session = 'x'", "session_id", ""),
        ("session_id = 'x'", "session_id", ""),
        ("trace.user = 'x'", "user_id", ""),
        ("tag.mlflow.traceName = 'x'", "name", ""),
        ("tags.`mlflow.traceName` = 'x'", "name", ""),
        ("metadata.mlflow.trace.session = 'x'", "session_id", ""),
        ("request_metadata.`mlflow.trace.user` = 'x'", "user_id", ""),
        ("metadata.\"mlflow.sourceRun\" = 'x'", "run_id", ""),
        ("tags.my-key = 'x'", "tag", "my-key"),
        ("tag.`my key` = 'x'", "tag", "my key"),
        ("tag.\"my key\" = 'x'", "tag", "my key"),
        ("tag.a.b.c = 'x'", "tag", "a.b.c"),
        ("tag.`a``b` = 'x'", "tag", "a`b"),
        ("tag.and = 'x'", "tag", "and"),
        ("tag.NOT IS NULL", "tag", "NOT"),
        ("span.attributes.llm.input_messages.0.role = 'x'", "span.attributes", None),
        ("span.attributes.`gen_ai.system` = 'x'", "span.attributes", "gen_ai.system"),
        ("span.tokens > 5", "span.total_tokens", ""),
        ("feedback.`is it good?` = 'x'", "feedback", "is it good?"),
        ("expectation.answer = 'x'", "expectation", "answer"),
    ],
)
def test_spellings_of_fields(text: str, name: str, key: str | None) -> None:
    key = "llm.input_messages.0.role" if key is None else key
    assert one(text).field == Field(name, key)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("tag.a = 'it''s'", "it's"),
        ('tag.a = "it\'s"', "it's"),
        ('tag.a = "say ""hi"""', 'say "hi"'),
        (r"tag.a = 'a\b'", r"a\b"),
        ("tag.a = -5", -5),
        ("tag.a = 1.", 1.0),
        ("tag.a = .5", 0.5),
        ("tag.a = 1e3", 1000.0),
        ("tag.a = 9223372036854775807", 2**63 - 1),
        ("tag.a = 9223372036854775808", 2.0**63),
        ("tag.a = TRUE", True),
        ("request_id = 'tr-ABCDEF'", "abcdef"),
        ("request_id LIKE 'tr-ab%'", "ab%"),
        ("status = 'error'", "ERROR"),
        ("timestamp > '2026-01-31T12:00:00Z'", 1769860800000),
        ("timestamp > '2026-01-31T12:00:00.0005Z'", 1769860800000.5),
    ],
)
def test_values(text: str, value: object) -> None:
    found = one(text).value
    assert (found, type(found)) == (value, type(value))


def test_and_binds_tighter_than_or_and_not_tightest() -> None:
    a, b, c = (Comparison(Field("name"), "=", text) for text in "abc")
    assert parse_filter("name='a' OR name='b' AND NOT name='c'") == Or((a, And((b, Not(c)))))
    assert parse_filter("(name='a' or name='b') and not (name='c')") == And((Or((a, b)), Not(c)))
    assert parse_filter("NOT NOT name = 'a'") == Not(Not(a))


def test_blank_is_everything() -> None:
    assert parse_filter(" \n") is None


# What is said of what is no filter

GOLDEN = [
    (
        "status = 'ERROR' AND",
        "the filter ends too early\nstatus = 'ERROR' AND\n                    ^",
        "accepted: a field, (, NOT",
    ),
    (
        "status == 'ERROR'",
        "'=' cannot stand here\nstatus == 'ERROR'\n        ^",
        "accepted: a text in \"double quotes\", a text in 'single quotes', a number, true, false",
    ),
    (
        "name = 'x",
        "the quote ' is not closed, or cannot stand here\nname = 'x\n       ^",
        "accepted: a text in \"double quotes\", a text in 'single quotes', a number, true, false",
    ),
    (
        "nome = 'x' OR name = 'y'",
        "nothing is called nome\nnome = 'x' OR name = 'y'\n^",
        None,
    ),
    (
        "name = 'x' OR span.kind = 'y'",
        "span has no field kind\nname = 'x' OR span.kind = 'y'\n                   ^",
        "accepted: name, type, status, service, model, provider, agent, tool, duration_ms, "
        "input_tokens, output_tokens, total_tokens, content, attributes.<key>",
    ),
    (
        "tags = 'x'",
        "tag takes a key\ntags = 'x'\n^",
        "accepted: tag.<key>",
    ),
    (
        "text = 'x'",
        "text cannot be asked =\ntext = 'x'\n     ^",
        "accepted: LIKE, ILIKE, RLIKE",
    ),
    (
        "status = 'FINE'",
        "status has no such value\nstatus = 'FINE'\n         ^",
        "accepted: 'OK', 'ERROR', 'IN_PROGRESS'",
    ),
    (
        "name = 5",
        "name is a text: the name of the root span; of the first span while there is no root\n"
        "name = 5\n       ^",
        "accepted: a text in 'single quotes'",
    ),
    (
        "execution_time_ms > 'long'",
        "execution_time_ms is a number: whole ms from its begin to its end\n"
        "execution_time_ms > 'long'\n                    ^",
        "accepted: a number",
    ),
    (
        "timestamp > 'now'",
        "timestamp_ms is a time: when the trace began, whole ms since the epoch\n"
        "timestamp > 'now'\n            ^",
        "accepted: a number of ms since the epoch, a time such as '2026-01-31T12:00:00Z'",
    ),
    (
        "feedback.ok > 'good'",
        "> compares numbers\nfeedback.ok > 'good'\n              ^",
        "accepted: a number",
    ),
    (
        r"name LIKE 'x\'",
        "the pattern ends in a single backslash\nname LIKE 'x\\'\n          ^",
        r"accepted: \\ for a backslash",
    ),
    (
        "name\t=\n  nobody",
        "'nobody' cannot stand here\nname =   nobody\n         ^",
        None,
    ),
    (
        f"{'tag.a = 1 OR ' * 20}tag.b ? 1",
        "'?' cannot stand here\n"
        "... R tag.a = 1 OR tag.a = 1 OR tag.a = 1 OR tag.a = 1 OR tag.b ? 1\n"
        f"{' ' * 64}^",
        "accepted: = != > >= < <=, ., ILIKE, IN, IS, LIKE, NOT, RLIKE, "
        'or the whole key in "double quotes"',
    ),
    (
        "tag.team name = 'x'",
        "'name' cannot stand here\ntag.team name = 'x'\n         ^",
        "accepted: = != > >= < <=, ., ILIKE, IN, IS, LIKE, NOT, RLIKE, "
        'or the whole key in "double quotes"',
    ),
    (
        "tag.team 'x'",
        "\"'x'\" cannot stand here\ntag.team 'x'\n         ^",
        "accepted: = != > >= < <=, ., ILIKE, IN, IS, LIKE, NOT, RLIKE",
    ),
    (
        "attributes.http.method = 'GET'",
        "attributes has no field http\nattributes.http.method = 'GET'\n           ^",
        "accepted: trace_id, name, status, timestamp_ms, end_time_ms, execution_time_ms, "
        "session_id, user_id, client_request_id, run_id, experiment_id, service, total_tokens, "
        "cost_usd, text, span.attributes.<key>",
    ),
]


@pytest.mark.parametrize(("text", "message", "hint"), GOLDEN)
def test_errors_point_at_the_place(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(FilterError) as refused:
        parse_filter(text)
    assert str(refused.value) == message
    assert hint is None or refused.value.hint == hint


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a" * 10_001, "the filter has 10001 characters, more than 10000"),
        (" OR ".join(["tag.a = 1"] * (MAX_COMPARISONS + 1)), "more than 50 comparisons"),
        ("NOT " * MAX_DEPTH + "tag.a = 1", "nested more than 20 levels deep"),
        (f"name IN ({','.join(['0'] * 1001)})", "more than 1000 values"),
        (f"name IN ({','.join(map(repr, 'a' * 1001))})", "more than 1000 values"),
        (f"name LIKE '{'%a' * 501}'", "more than 1000 characters"),
        (f"tag.`{'k' * 501}` = 1", "the key has more than 500 characters"),
        ("tag.a = 1e999", "the number is too large"),
    ],
)
def test_limits(text: str, problem: str) -> None:
    with pytest.raises(FilterError, match=problem):
        parse_filter(text)


def test_depth_of_parentheses_alone_does_not_count() -> None:
    assert parse_filter("(" * 4000 + "tag.a = 1" + ")" * 4000) == parse_filter("tag.a = 1")


def test_each_type_takes_its_operators_only() -> None:
    samples = {Type.TEXT: "'x'", Type.NUMBER: "5", Type.TIME: "5", Type.ANY: "5"}
    every = {operator for operators in OPERATORS.values() for operator in operators}
    for name, spec in FIELDS.items():
        field = f"{name}.k" if spec.keyed else name
        for operator in every:
            value = samples.get(spec.type, f"'{spec.words[0]}'" if spec.words else "'x'")
            value = "'x'" if operator.endswith("LIKE") else value
            value = f"({value})" if operator.endswith("IN") else value
            text = f"{field} {operator} {'' if operator.endswith('NULL') else value}"
            if operator in OPERATORS[spec.type]:
                assert one(text).operator == operator
            else:
                with pytest.raises(FilterError, match="cannot be asked"):
                    parse_filter(text)


# Order


def test_orders() -> None:
    assert parse_orders(["name", "tag.`a b` desc", "execution_time ASC"]) == [
        (Field("name"), False),
        (Field("tag", "a b"), True),
        (Field("execution_time_ms"), False),
    ]
    assert parse_orders(["timestamp DESC"]) == parse_orders([]) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name down", "'down' cannot stand here\nname down\n     ^"),
        ("  span.name", "traces have no one span.name\n  span.name\n  ^"),
        ("", "the order ends too early\n\n^"),
    ],
)
def test_errors_of_orders(text: str, message: str) -> None:
    with pytest.raises(FilterError) as refused:
        parse_orders([text])
    assert str(refused.value) == message
