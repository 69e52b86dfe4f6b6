"""The generated processor in a real Collector writes what Python reads.

Errors propagate in these tests: one would drop the spans. Only JSON that is none may fail.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from spanbridge_semconv import SpanView, translate
from tests.collector import compare
from tests.collector.conftest import GENERATED, Transform
from tests.collector.odd import plain, request_of
from tests.semconv import corpus
from tests.semconv.odd_spans import odd_spans

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
"""A first build takes minutes."""

Transforming = Callable[[str], Transform]


def sent(case: corpus.Case) -> ExportTraceServiceRequest:
    return ExportTraceServiceRequest.FromString((corpus.FOLDER / case.index["file"]).read_bytes())


def test_recorded_spans_become_what_python_reads(transforming: Transforming) -> None:
    transform = transforming("propagate")
    tallies, again = [], {}
    for case in corpus.cases():
        request = sent(case)
        after = {
            (span.trace_id, span.span_id): compare.typed(span)
            for span, _, _ in compare.spans_of(transform(request))
        }
        before = [span for span, _, _ in compare.spans_of(request)]
        for recorded, span in zip(case.spans(), before, strict=True):
            out = after[(span.trace_id, span.span_id)]
            own = compare.typed(span)
            tallies.append(compare.compare(recorded.view, own, out))
            if differing := compare.reread(recorded.view, own, out):
                again[str(case), span.name] = differing
    total = compare.add(iter(tallies))
    assert total.wrong == []
    assert again == {}
    assert total.genai_spans > 0
    assert sum(total.left_out.values()) < total.equal / 100, total.left_out


@pytest.mark.parametrize("seed", range(1, 7))
def test_odd_spans_become_what_python_reads_or_are_left(
    transforming: Transforming, seed: int
) -> None:
    views = [plain(view) for view in odd_spans(seed, 250)]
    request = request_of(views)
    answer = transforming("propagate")(request)
    after = {span.span_id: compare.typed(span) for span, _, _ in compare.spans_of(answer)}
    total = compare.add(
        compare.compare(view, compare.typed(span), after[span.span_id])
        for view, (span, _, _) in zip(views, compare.spans_of(request), strict=True)
    )
    assert total.wrong == []
    assert sum(total.left_out.values()) < total.equal / 20, total.left_out
    for view, (span, _, _) in zip(views, compare.spans_of(request), strict=True):
        assert compare.reread(view, compare.typed(span), after[span.span_id]) == {}


def test_a_second_collector_changes_nothing(transforming: Transforming) -> None:
    transform = transforming("propagate")
    for case in corpus.cases():
        once = transform(sent(case))
        assert transform(once) == once


def test_what_is_no_json_stops_nothing(transforming: Transforming) -> None:
    span = {"gen_ai.system": "openai", "mlflow.spanOutputs": "{broken", "mlflow.spanType": '"LLM"'}
    after = one(transforming("propagate"), SpanView(span))
    assert after["gen_ai.provider.name"] == "openai"
    assert after["mlflow.spanOutputs"] == "{broken"


def test_scratch_that_an_emitter_sends_is_not_believed(transforming: Transforming) -> None:
    transform = transforming("propagate")
    hostile = {"spanbridge.tmp": "x", "http.route": "/"}
    assert one(transform, SpanView(hostile)) == {"http.route": "/"}
    after = one(transform, SpanView({**hostile, "gen_ai.system": "openai"}))
    assert after["gen_ai.provider.name"] == "openai"
    assert "spanbridge.tmp" not in after


def test_a_list_that_goes_on_is_left_and_named(transforming: Transforming) -> None:
    keys = [f"gen_ai.completion.{i}.finish_reason" for i in range(5)]
    transform = transforming("propagate")
    after = one(transform, SpanView(dict.fromkeys(keys, "stop")))
    assert after["spanbridge.untranslated"] == ["gen_ai.response.finish_reasons"]
    assert "gen_ai.response.finish_reasons" not in after
    after = one(transform, SpanView(dict.fromkeys(keys[:4], "end_turn")))
    assert after["gen_ai.response.finish_reasons"] == ["stop"] * 4


def test_a_span_that_spanbridge_translated_is_of_the_dialect_it_was_translated_to(
    transforming: Transforming,
) -> None:
    view = SpanView(
        {"spanbridge.dialect": "otel", "gen_ai.request.model": "m"}, scope_name="openinference.x"
    )
    after = one(transforming("propagate"), view)
    assert after["spanbridge.source_dialect"] == "otel" == translate(view).dialect


def test_names_stand_in_one_spelling(transforming: Transforming) -> None:
    after = one(
        transforming("propagate"),
        SpanView({"gen_ai.system": "OpenAI", "gen_ai.operation.name": "completion"}),
    )
    assert after["gen_ai.provider.name"] == "openai"
    assert after["gen_ai.operation.name"] == "text_completion"
    assert after["gen_ai.system"] == "OpenAI"


def test_the_committed_configuration_is_what_is_tested() -> None:
    assert GENERATED.read_text("utf-8") == compare.configuration()


def one(transform: Transform, view: SpanView) -> dict[str, object]:
    """The attributes of a span after the Collector."""
    ((span, _, _),) = compare.spans_of(transform(request_of([view])))
    return compare.typed(span)
