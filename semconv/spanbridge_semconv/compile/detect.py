"""The dialect of a span, as an expression."""

from __future__ import annotations

from itertools import groupby

from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv.compile import sql
from spanbridge_semconv.compile.layout import Layout
from spanbridge_semconv.patterns import is_key


def dialect(plan: Layout, numbers: str) -> str:
    """By scope, else by resource, else by key; exact names before patterns.

    What a span was translated to goes before all that, and what a Collector found.

    ``numbers`` are those of the keys: the smallest betrays the dialect that goes first.
    """
    by_key = f"{sql.texts(plan.dialects)}[arrayMin({numbers})]"
    names = {dialect.name: dialect.name for dialect in DIALECTS}
    found = sql.replaced(sql.COLLECTED, names, _by_scope(_by_resource(by_key)))
    return sql.replaced(sql.TRANSLATED, names, found)


def _by_scope(other: str) -> str:
    exact: dict[str, str] = {}
    patterns: dict[str, str] = {}
    for dialect in DIALECTS:
        for scope in dialect.scopes:
            (exact if is_key(scope) else patterns).setdefault(scope, dialect.name)
    names = {pattern: sql.text(name) for pattern, name in patterns.items()}
    by_pattern = sql.by_prefix("ScopeName", names, other)
    return sql.replaced("ScopeName", exact, by_pattern)


def _by_resource(other: str) -> str:
    """One table for each run of dialects that go by the same resource attribute."""
    rules = [(key, values, d.name) for d in DIALECTS for key, values in d.resources]
    for key, run in reversed([(key, list(run)) for key, run in groupby(rules, lambda r: r[0])]):
        table: dict[str, str] = {}
        for _, values, name in run:
            for value in values:
                table.setdefault(value, name)
        other = sql.replaced(f"ResourceAttributes[{sql.text(key)}]", table, other)
    return other
