"""The expression of ``GenAIDialect``."""

from __future__ import annotations

from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv.compile import sql


def dialect() -> str:
    """By scope, else by resource, else by key; exact names before patterns."""
    by_scope = _by_scope()
    return f"multiIf({by_scope} != '', {by_scope}, {_by_resource(_by_key())})"


def _by_scope() -> str:
    exact = {
        scope: dialect.name
        for dialect in reversed(DIALECTS)
        for scope in dialect.scopes
        if not scope.endswith("*")
    }
    branches = [
        part
        for dialect in DIALECTS
        for scope in dialect.scopes
        if scope.endswith("*")
        for part in (sql.name_fits("ScopeName", scope), sql.text(dialect.name))
    ]
    by_pattern = f"multiIf({', '.join(branches)}, '')" if branches else "''"
    return sql.mapped("ScopeName", tuple(exact.items()), by_pattern)


def _by_resource(other: str) -> str:
    branches = [
        part
        for dialect in DIALECTS
        for key, values in dialect.resources
        for part in (
            sql.one_of(f"ResourceAttributes[{sql.text(key)}]", values),
            sql.text(dialect.name),
        )
    ]
    return f"multiIf({', '.join(branches)}, {other})" if branches else other


def _by_key() -> str:
    """Asked in two steps: the first segments of keys tell cheaply that there is nothing to find."""
    dialects = [dialect for dialect in DIALECTS if dialect.keys]
    ranks = [
        part
        for rank, dialect in enumerate(dialects, 1)
        for part in (sql.any_name_fits("k", dialect.keys), str(rank))
    ]
    rank = f"arrayMin(arrayMap(k -> multiIf({', '.join(ranks)}, 255), {sql.KEYS}))"
    numbers = list(range(1, len(dialects) + 1))
    names = sql.array(dialect.name for dialect in dialects)
    patterns = [pattern for dialect in dialects for pattern in dialect.keys]
    segments = {pattern.partition(".")[0] for pattern in patterns if "." in pattern}
    candidate = f"has({sql.array(sorted(segments))}, substringIndex(k, '.', 1))"
    undotted = [pattern for pattern in patterns if "." not in pattern]
    if undotted:
        candidate += f" OR {sql.any_name_fits('k', undotted)}"
    found = f"transform({rank}, {numbers}, {names}, '')"
    return f"if(arrayExists(k -> {candidate}, {sql.KEYS}), {found}, '')"
