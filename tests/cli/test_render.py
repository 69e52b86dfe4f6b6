from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console, RenderableType

from spanbridge_ingest.cli import render
from tests.support.documents import MS, START_NS, agent_trace, span, trace, usage


def text_of(renderable: RenderableType, width: int = 110, *, colours: bool = False) -> str:
    buffer = io.StringIO()
    Console(file=buffer, width=width, force_terminal=colours).print(renderable)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines())


def test_a_trace_is_a_head_with_totals_and_an_aligned_tree() -> None:
    assert text_of(render.trace_tree(agent_trace()), 118) == (
        "invoke_agent guide  OK\n"
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 · shop · 2027-01-15 08:00:00 UTC · 620 ms"
        " · session c-1\n"
        "2 model calls · tokens 138 in (64 cached), 26 out (4 reasoning) · total 164"
        " · cost $0.0012\n"
        "\n"
        "AGENT invoke_agent guide               620 ms                       (138 in, 26 out)\n"
        "├── CHAT_MODEL chat gpt-fake           200 ms  gpt-fake-2026-01-01  57 in, 17 out\n"
        "├── TOOL execute_tool weather          400 us\n"
        "│   │   ! LookupError: no such city\n"
        "│   └── GET                            200 us\n"
        "└── CHAT_MODEL chat gpt-fake           400 ms  gpt-fake-2026-01-01"
        "  81 in (64 cached), 9 out (4 reasoning), $0.0012\n"
        "\n"
        "( ) is counted once, on another span of this trace"
    )


def test_colours_only_where_the_console_has_them() -> None:
    assert "\x1b[" not in text_of(render.trace_tree(agent_trace()))
    assert "\x1b[" in text_of(render.trace_tree(agent_trace()), colours=True)


def test_siblings_come_by_start_and_orphans_as_roots() -> None:
    document = trace(
        span("b", "gone", "orphan", at_ms=5),
        span("r", "", "root", at_ms=9),
        span("y", "r", "late", at_ms=20),
        span("x", "r", "early", at_ms=10),
    )
    lines = text_of(render.trace_tree(document)).splitlines()[4:]
    assert [line.split("  ")[0] for line in lines] == ["orphan", "root", "├── early", "└── late"]


def test_spans_that_are_their_own_ancestors_are_still_shown_once() -> None:
    document = trace(span("a", "b", "one"), span("b", "a", "two"), span("c", "c", "self"))
    shown = text_of(render.trace_tree(document))
    assert [shown.count(name) for name in ("two", "self")] == [1, 1]


def test_two_spans_with_one_id_are_both_shown() -> None:
    document = trace(span("a", "", "root"), span("b", "a", "first"), span("b", "a", "second"))
    shown = text_of(render.trace_tree(document))
    assert "first" in shown
    assert "second" in shown


def test_a_very_deep_trace_needs_no_recursion() -> None:
    spans = [span(str(i), str(i - 1) if i else "", f"level-{i}") for i in range(3000)]
    rows = list(render._walk(spans))
    assert len(rows) == 3000


def test_control_characters_of_a_span_never_reach_the_terminal() -> None:
    evil = "chat\x1b[2J\x07\r\nx\u202e"
    status = {"code": "ERROR", "message": evil}
    document = trace(
        span("a", "", evil, status=status, model_call=True, response_model=evil, span_type=evil),
        name=evil,
        service_name=evil,
        session_id=evil,
    )
    shown = text_of(render.trace_tree(document)) + text_of(render.trace_table([document]))
    assert not set("\x1b\x07\r\u202e") & set(shown)


def test_markup_of_a_span_is_text() -> None:
    assert "[red]x[/]" in text_of(render.trace_tree(trace(span("a", "", "[red]x[/]"))))


def test_a_list_has_one_line_per_trace() -> None:
    shown = text_of(render.trace_table([agent_trace(), trace(span("a", name="plain"))]), 130)
    header, first, second = shown.splitlines()
    assert header.split() == [
        *("trace", "started", "(UTC)", "service", "name"),
        *("duration", "calls", "in", "out", "cost", "status"),
    ]
    assert first.split() == [
        *("4bf92f3577b34da6", "2027-01-15", "08:00:00", "shop", "invoke_agent", "guide"),
        *("620", "ms", "2", "138", "26", "$0.0012", "OK"),
    ]
    assert second.split()[-6:] == ["ms", "0", "-", "-", "-", "OK"]


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 us"),
        (999, "0.999 us"),
        (400_000, "400 us"),
        (999_600, "1 ms"),
        (1_234_000, "1.23 ms"),
        (999_600_000, "1.00 s"),
        (61 * 1_000 * MS, "1 min 01 s"),
        (3_725 * 1_000 * MS, "1 h 02 min"),
        (-5, "-"),
    ],
)
def test_durations_have_about_three_digits(nanoseconds: int, text: str) -> None:
    document = {"start_time_unix_nano": START_NS, "end_time_unix_nano": START_NS + nanoseconds}
    assert render.duration_text(document) == text


def test_times_may_be_text_and_absurd() -> None:
    times: dict[str, Any] = {"start_time_unix_nano": "18446744073709551615"}
    assert render.started_text(times) in ("2554-07-21 23:34:33", "-")
    assert render.started_text({"start_time_unix_nano": None}) == "-"
    assert render.duration_text({}) == "-"


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        (None, ""),
        (usage(), ""),
        (usage(5), "5 in"),
        (usage(None, 7), "7 out"),
        (usage(0, 0), "0 in, 0 out"),
        (
            usage(1500, 2, cache_read=1000, cache_write=30),
            "1,500 in (1,000 cached, 30 written to cache), 2 out",
        ),
    ],
)
def test_only_reported_tokens_are_shown(counts: Any, text: str) -> None:
    assert render.usage_text(counts) == text


def test_a_cost_that_is_not_the_whole_is_marked() -> None:
    documents = [trace(cost_usd=1.5, cost_unknown_calls=n) for n in (0, 2)]
    documents.append(trace(cost_usd=None, cost_unknown_calls=2))
    lines = text_of(render.trace_table([line | {"status": "OK"} for line in documents]), 200)
    assert [line.split()[-2] for line in lines.splitlines()[1:]] == ["$1.50", "$1.50+", "-"]


def test_an_unknown_cost_is_not_zero() -> None:
    assert render.cost_text(None) == ""
    assert render.cost_text(0.0) == "$0.0000"
    assert render.cost_text(1234.5) == "$1,234.50"


def test_a_small_cost_is_not_zero_either() -> None:
    costs = (0.0123456, 0.00123456, 0.000999, 0.0000351, 1.234e-9)
    assert [render.cost_text(cost) for cost in costs] == [
        *("$0.0123", "$0.0012", "$0.001", "$0.000035", "$0.0000000012"),
    ]


def judged(name: str, value: object, **more: Any) -> dict[str, Any]:
    return {
        "kind": "feedback",
        "name": name,
        "value": value,
        "error": None,
        "source": {"source_type": "HUMAN", "source_id": "ann"},
        "rationale": None,
        "valid": True,
        **more,
    }


def test_tags_and_assessments_stand_below_the_head() -> None:
    assessments = [
        judged("good", True, rationale="says so\x1b[31m " + "x" * 100),
        judged("old", 1, valid=False),
        judged("late", None, error={"error_code": "TIMEOUT"}, kind="expectation"),
    ]
    document = trace(span("a"), tags={"env": "prod", "word": ""}, assessments=assessments)
    assert text_of(render.trace_tree(document), 150).splitlines()[3:6] == [
        "tags env=prod, word",
        "feedback good: true (HUMAN ann) says so\N{REPLACEMENT CHARACTER}[31m " + "x" * 44 + "...",
        "expectation late: TIMEOUT (HUMAN ann)",
    ]


def test_of_many_tags_and_assessments_a_few_are_shown() -> None:
    tags = {f"k{n}": "v" for n in range(12)}
    found = text_of(
        render.trace_tree(trace(span("a"), tags=tags, assessments=[judged("n", 1)] * 11))
    )
    assert found.count("and 2 more") == found.count("and 1 more") == 1


def test_a_trace_without_its_root_is_in_progress() -> None:
    assert "IN PROGRESS" in text_of(render.trace_tree(trace(span("a"), state="IN_PROGRESS")))
