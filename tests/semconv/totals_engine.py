"""Spans into a table of a real engine, and what the SQL of the totals says about them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Self

import chdb

from spanbridge_semconv import TotalsSpan, genai_columns, trace_totals
from spanbridge_semconv.compile.totals import usage_query

Judged = dict[str, tuple[bool, bool, int | None]]
"""Span id -> stands for a call, usage counts, input tokens that count; of those that do."""

EPOCH_S = 1_700_000_000


class TotalsEngine:
    """The columns of ``otel_traces`` that the totals read, and the views over them."""

    def __init__(self) -> None:
        self._connection = chdb.connect(":memory:")
        genai = genai_columns()[0].type
        for statement in (
            "DROP TABLE IF EXISTS totals_spans",
            "DROP TABLE IF EXISTS totals_index",
            f"""CREATE TABLE totals_spans (Timestamp DateTime64(9), TraceId String, SpanId String,
            ParentSpanId String, SpanName String, ServiceName String, ScopeName String,
            StatusCode String, Duration UInt64, GenAI {genai})
            ENGINE = MergeTree ORDER BY SpanName""",
            """CREATE TABLE totals_index (TraceId String, Start DateTime, End DateTime)
            ENGINE = MergeTree ORDER BY TraceId""",
        ):
            self._connection.query(statement)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def judge(
        self,
        traces: Mapping[str, Sequence[TotalsSpan]],
        *,
        lends: bool = True,
        since_s: int = 0,
        until_s: int = 4_000_000_000,
    ) -> dict[str, Judged]:
        """What the query says of each trace; each span comes in an insert of its own kind."""
        rows = [_row(trace_id, span) for trace_id, spans in traces.items() for span in spans]
        for table in ("totals_spans", "totals_index"):
            self._connection.query(f"TRUNCATE TABLE {table}")
        # Three parts, none of them in the order of the traces.
        for part in range(3):
            self._insert(rows[part::3][::-1])
        self._connection.query(
            "INSERT INTO totals_index SELECT TraceId, min(Timestamp), max(Timestamp) "
            "FROM totals_spans GROUP BY TraceId"
        )
        query = usage_query("totals_spans", "totals_index", lends)
        for name, seconds in (("since", since_s), ("until", until_s)):
            moment = f"toDateTime64({seconds}, 9)"
            query = query.replace(f"{{{name}:DateTime64(9)}}", moment)
        found: dict[str, Judged] = {trace_id: {} for trace_id in traces}
        for row in self._select(
            f"SELECT TraceId, SpanId, ModelCall, UsageCounted, InputTokens FROM ({query})"
        ):
            judged = (bool(row["ModelCall"]), bool(row["UsageCounted"]), row["InputTokens"])
            assert row["SpanId"] not in found[row["TraceId"]]
            found[row["TraceId"]][row["SpanId"]] = judged
        return found

    def _insert(self, rows: Iterable[Mapping[str, Any]]) -> None:
        text = "\n".join(json.dumps(row) for row in rows)
        if text:
            self._connection.query(f"INSERT INTO totals_spans FORMAT JSONEachRow\n{text}")

    def _select(self, query: str) -> list[dict[str, Any]]:
        text = str(
            self._connection.query(
                f"{query} SETTINGS output_format_json_quote_64bit_integers = 0", "JSONEachRow"
            )
        )
        return [json.loads(line) for line in text.splitlines()]


def in_python(spans: Sequence[TotalsSpan]) -> Judged:
    """The same from :func:`trace_totals`."""
    totals = trace_totals(spans)
    return {
        span.span_id: (
            found.model_call,
            found.usage_counted,
            span.usage.input_tokens if found.usage_counted else None,
        )
        for span, found in zip(spans, totals.spans, strict=True)
        if found.model_call or found.usage_counted
    }


def _row(trace_id: str, span: TotalsSpan) -> dict[str, Any]:
    return {
        "Timestamp": f"{span.start_ns // 10**9}.{span.start_ns % 10**9:09}",
        "TraceId": trace_id,
        "SpanId": span.span_id,
        "ParentSpanId": span.parent_span_id,
        "SpanName": span.span_type,
        "ScopeName": span.scope_name,
        "StatusCode": span.status_code,
        "Duration": span.end_ns - span.start_ns,
        "GenAI": {
            "span_type": span.span_type,
            "request_model": span.request_model,
            "response_id": span.response_id,
            "call_part": span.call_part,
            **{k: v for k, v in asdict(span.usage).items() if k != "total_tokens"},
        },
    }
