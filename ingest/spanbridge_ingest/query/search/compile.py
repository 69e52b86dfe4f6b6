"""A tree as a condition on ``TraceId``. Pure.

Every comparison becomes a set of trace ids, ``TraceId IN (SELECT TraceId ...)``, that reads the
columns it needs and no others. Of the parts of an AND the one that few traces satisfy comes first,
and the next look only at the traces that it left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from spanbridge_ingest.query.search.columns import (
    SPAN_COLUMNS,
    STATE_KEY,
    first_of,
    values,
)
from spanbridge_ingest.query.search.compare import (
    SELECTIVE,
    Parameters,
    any_test,
    is_number,
    number_test,
    text_test,
    unquoted,
)
from spanbridge_ingest.query.search.fields import EQUALITY, FIELDS, Type
from spanbridge_ingest.query.search.nodes import And, Comparison, Node, Not, Or, comparisons
from spanbridge_ingest.query.search.rows import ASSESSMENTS, INDEX, LOGS, SPANS, Window, both

_MAX_NESTED: Final = 8
"""So many sets stand in one another; further ones look at all traces of the window."""

_MAX_COPIES: Final = 2
"""So often the text of what narrows is repeated beside parts that do not imply it."""

_RANKS: Final = {
    "trace_id": 0,
    "feedback": 1,
    "expectation": 1,
    "session_id": 2,
    "user_id": 2,
    "client_request_id": 2,
    "run_id": 3,
    "tag": 3,
    "metadata": 3,
    "span.attributes": 4,
    "experiment_id": 6,
    "end_time_ms": 7,
    "timestamp_ms": 7,
    "execution_time_ms": 7,
    "total_tokens": 9,
    "cost_usd": 9,
    "span.content": 8,
    "text": 8,
}
_INDEXED_RANK: Final = 2
_SPAN_RANK: Final = 5


class Compiler:
    """Makes conditions for one query, over the rows of one window."""

    def __init__(self, window: Window, parameters: Parameters) -> None:
        self._window = window
        self._parameters = parameters

    def condition(self, node: Node | None, narrow: str = "") -> str:
        """A condition that holds for the ids of the traces which the tree is true of.

        Args:
            node: the tree; None is true of every trace.
            narrow: another condition; the answer need hold only together with it.
        """
        match node:
            case None:
                return ""
            case Comparison():
                return self._comparison(node, narrow)
            case Not(part):
                return f"NOT ({self.condition(part, narrow)})"
            case Or(parts):
                # What narrows would stand in the text once for each part.
                own = narrow if len(parts) <= _MAX_COPIES else ""
                return f"({' OR '.join(self.condition(part, own) for part in parts)})"
            case And(parts):
                return self._all_of(parts, narrow)

    def _all_of(self, parts: Sequence[Node], narrow: str) -> str:
        chained = sorted((part for part in parts if _narrows(part)), key=_rank)
        last = narrow
        conditions: list[str] = []
        for number, part in enumerate(chained):
            if number < _MAX_NESTED:
                last = self.condition(part, last)
            else:
                conditions.append(self.condition(part))
        # Each of the chain holds only where those before it do, so the last one says it all.
        others = [part for part in parts if not _narrows(part)]
        own = last if len(others) <= _MAX_COPIES else ""
        conditions += [self.condition(part, own) for part in others]
        return f"({both([last, *conditions])})"

    # One comparison

    def _comparison(self, comparison: Comparison, narrow: str) -> str:
        if comparison.operator == "IS NULL":
            there = Comparison(comparison.field, "IS NOT NULL", None)
            return f"NOT ({self._comparison(there, narrow)})"
        field = comparison.field
        if field.name == "trace_id":
            if comparison.value is None:
                return narrow or "true"
            return both([text_test("TraceId", comparison, self._parameters), narrow])
        if field.name == "status":
            return self._state(comparison)
        if field.name == "text":
            return self._text(comparison, narrow)
        if field.name in ("feedback", "expectation"):
            return self._assessed(comparison, narrow)
        if field.name in SPAN_COLUMNS or field.name in ("span.attributes", "span.content"):
            return self._spans([self._on_span(comparison)], narrow)
        return self._valued(comparison, narrow)

    def _spans(self, conditions: Sequence[str], narrow: str) -> str:
        """Traces with a span that satisfies all of the conditions."""
        rows = both([*conditions, *self._window.spans(self._parameters), narrow])
        return f"TraceId IN (SELECT TraceId FROM {SPANS} WHERE {rows})"

    def _on_span(self, comparison: Comparison) -> str:
        """A condition on a row of ``otel_traces``."""
        field = comparison.field
        if field.name == "span.content":
            return self._says(comparison)
        if field.name == "span.attributes":
            key = self._parameters.bind(field.key, "String")
            tests = [f"mapContains(SpanAttributes, {key})"]
            if comparison.value is not None:
                tests.append(self._test(comparison, unquoted(f"SpanAttributes[{key}]")))
            return both(tests)
        number = FIELDS[field.name].type is Type.NUMBER
        tests = []
        for column in SPAN_COLUMNS[field.name]:
            there = f"{column} IS NOT NULL" if number else f"{column} != ''"
            test = "" if comparison.value is None else self._test(comparison, column)
            tests.append(f"({both([there, test])})")
        return f"({' OR '.join(tests)})"

    def _says(self, comparison: Comparison) -> str:
        def test(column: str) -> str:
            return text_test(column, comparison, self._parameters)

        inside = f"arrayExists(v -> {test('v')}, mapValues(m))"
        return (
            f"({test('SpanName')} OR {test('StatusMessage')} "
            f"OR arrayExists(v -> {test('v')}, mapValues(SpanAttributes)) "
            f"OR arrayExists(m -> {inside}, Events.Attributes))"
        )

    def _text(self, comparison: Comparison, narrow: str) -> str:
        spans = self._spans([self._says(comparison)], narrow)
        body = text_test("Body", comparison, self._parameters)
        value = text_test("v", comparison, self._parameters)
        # A log record may tell any time: its trace says where it belongs.
        traces = both(self._window.traces(self._parameters))
        rows = both(
            [
                f"TraceId IN (SELECT TraceId FROM {INDEX} WHERE {traces})",
                f"({body} OR arrayExists(v -> {value}, mapValues(LogAttributes)))",
            ]
        )
        return f"({spans} OR TraceId IN (SELECT TraceId FROM {LOGS} WHERE {rows}))"

    def _assessed(self, comparison: Comparison, narrow: str) -> str:
        """Traces with a valid assessment of the kind and name whose value satisfies."""
        test = "" if comparison.value is None else self._judged(comparison)
        name = self._parameters.bind(comparison.field.key, "String")
        kind = f"Kind = '{comparison.field.name}'"
        rows = both([kind, f"Name = {name}", "Valid", "Value != ''", test, narrow])
        return f"TraceId IN (SELECT TraceId FROM {ASSESSMENTS} WHERE {rows})"

    def _judged(self, comparison: Comparison) -> str:
        """A condition on a row of the assessments: one may have a number beside its text."""
        value, operator = comparison.value, comparison.operator
        given = value if isinstance(value, tuple) else (value,)
        if operator not in EQUALITY:
            if not is_number(given[0]):
                return text_test("ValueText", comparison, self._parameters)
            return f"ifNull({number_test('ValueNumber', comparison, self._parameters)}, false)"
        tests = []
        for item in given:
            equal = Comparison(comparison.field, "=", item)
            if is_number(item):
                test = number_test("ValueNumber", equal, self._parameters)
                tests.append(f"ifNull({test}, false)")
            else:
                tests.append(any_test("ValueText", equal, self._parameters))
        return f"{'NOT ' if operator in ('!=', 'NOT IN') else ''}({' OR '.join(tests)})"

    def _valued(self, comparison: Comparison, narrow: str) -> str:
        """Traces whose one value of a field satisfies the comparison."""
        field = comparison.field
        # What was set later goes over tags: beside that it is not what narrows the spans that
        # counts. Inside, it would stand in the text twice, and in a chain twice for each tag.
        outside, inside = (narrow, "") if field.name == "tag" else ("", narrow)
        if comparison.operator in SELECTIVE:
            inside = self._candidates(comparison, inside) or inside
        found = values(field, self._window, self._parameters, inside)
        test = "" if comparison.value is None else self._test(comparison, "Value")
        return f"TraceId IN (SELECT TraceId FROM ({found}) WHERE {both([test, outside])})"

    def _candidates(self, comparison: Comparison, narrow: str) -> str:
        """Traces of which any span says what the first one has to say; '' if none can tell."""
        if comparison.field.name == "name":
            return self._spans([self._test(comparison, "SpanName")], narrow)
        first = first_of(comparison.field, self._parameters)
        if first is None:
            return ""
        rows = self._window.spans(self._parameters)
        # Each by itself, so that each uses its own index; what narrows stands there only once.
        found = " UNION ALL ".join(
            f"SELECT TraceId FROM {SPANS} WHERE {both([*self._may_be(comparison, *origin), *rows])}"
            for origin in first.origins
        )
        return f"TraceId IN (SELECT TraceId FROM ({found}) WHERE {both([narrow])})"

    def _may_be(self, comparison: Comparison, column: str, indexed: bool) -> list[str]:
        """Conditions on rows that may carry a value which satisfies the comparison."""
        conditions = [self._test(comparison, column)]
        if comparison.operator == "=" and isinstance(comparison.value, str) and indexed:
            text = self._parameters.bind(comparison.value, "String")
            conditions.append(f"has(mapValues(TraceAttributes), {text})")
        elif indexed:
            conditions.append("notEmpty(TraceAttributes)")
        return conditions

    def _state(self, comparison: Comparison) -> str:
        wanted = _states(comparison)
        if not wanted:
            return "false"
        said = self._parameters.bind(STATE_KEY, "String")
        told = self._spans([f"mapContains(TraceAttributes, {said})"], "")
        listed = self._parameters.bind(wanted, "Array(String)")
        valued = values(comparison.field, self._window, self._parameters, told)
        by_word = f"TraceId IN (SELECT TraceId FROM ({valued}) WHERE Value IN {listed})"
        by_root = " OR ".join(self._root_state(state) for state in wanted)
        return f"({by_word} OR (NOT {told} AND ({by_root})))"

    def _root_state(self, state: str) -> str:
        root = "ParentSpanId = ''"
        if state == "IN_PROGRESS":
            return f"NOT {self._spans([root], '')}"
        failed = self._spans([root, "StatusCode = 'Error'"], "") if state == "ERROR" else ""
        rows = both([root, *self._window.spans(self._parameters), failed])
        equal = "=" if state == "ERROR" else "!="
        return (
            f"TraceId IN (SELECT TraceId FROM {SPANS} WHERE {rows} GROUP BY TraceId "
            f"HAVING argMin(StatusCode, (Timestamp, SpanId)) {equal} 'Error')"
        )

    def _test(self, comparison: Comparison, column: str) -> str:
        match FIELDS[comparison.field.name].type:
            case Type.NUMBER | Type.TIME:
                return self._number(column, comparison)
            case Type.ANY:
                return any_test(column, comparison, self._parameters)
        return text_test(column, comparison, self._parameters)

    def _number(self, column: str, comparison: Comparison) -> str:
        return number_test(column, comparison, self._parameters)


def is_selective(node: Node | None) -> bool:
    """Whether an index leads to the few traces that may satisfy the tree."""
    parts = node.parts if isinstance(node, And) else (node,)
    return any(_is_indexed(part) for part in parts if isinstance(part, Comparison))


def _is_indexed(comparison: Comparison) -> bool:
    if comparison.field.name in ("feedback", "expectation"):
        return comparison.operator in SELECTIVE
    rank = _RANKS.get(comparison.field.name, _SPAN_RANK)
    return rank <= _INDEXED_RANK and comparison.operator in ("=", "IN")


def _states(comparison: Comparison) -> list[str]:
    given = comparison.value if isinstance(comparison.value, tuple) else (comparison.value,)
    negated = comparison.operator in ("!=", "NOT IN")
    return [word for word in FIELDS["status"].words if (word in given) != negated]


def _narrows(node: Node) -> bool:
    """Whether a node leaves few traces, as a rule, and compiles to what implies its own narrow."""
    if not isinstance(node, Comparison) or node.operator not in SELECTIVE:
        return False
    return node.field.name not in ("status", "text")


def _rank(node: Node) -> int:
    return _RANKS.get(next(comparisons(node)).field.name, _SPAN_RANK)
