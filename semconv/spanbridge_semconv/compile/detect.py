"""The dialect of a span, as an expression."""

from __future__ import annotations

from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv.compile import sql


def dialect() -> str:
    """By scope, else by resource, else by key; exact names before patterns."""
    known = f"multiIf({_by_scope()}, {_by_resource()}'')"
    return sql.let(("s", "k"), (known, _candidates(known)), f"if(s != '', s, {_by_key()})")


def _by_scope() -> str:
    exact = [
        part
        for dialect in DIALECTS
        if (names := [scope for scope in dialect.scopes if not scope.endswith("*")])
        for part in (sql.one_of("ScopeName", names), sql.text(dialect.name))
    ]
    patterns = [
        part
        for dialect in DIALECTS
        for scope in dialect.scopes
        if scope.endswith("*")
        for part in (sql.name_fits("ScopeName", scope), sql.text(dialect.name))
    ]
    return ", ".join(exact + patterns)


def _by_resource() -> str:
    return "".join(
        f"{sql.one_of(f'ResourceAttributes[{sql.text(key)}]', values)}, {sql.text(dialect.name)}, "
        for dialect in DIALECTS
        for key, values in dialect.resources
    )


def _candidates(known: str) -> str:
    """The keys worth a closer look: those with a first segment that some pattern has."""
    patterns = [pattern for dialect in DIALECTS for pattern in dialect.keys]
    segments = {pattern.partition(".")[0] for pattern in patterns if "." in pattern}
    fits = f"has({sql.array(sorted(segments))}, substringIndex(k, '.', 1))"
    undotted = [pattern for pattern in patterns if "." not in pattern]
    if undotted:
        fits += f" OR {sql.any_name_fits('k', undotted)}"
    return f"arrayFilter(k -> {fits}, if({known} = '', {sql.KEYS}, []))"


def _by_key() -> str:
    dialects = [dialect for dialect in DIALECTS if dialect.keys]
    ranks = [
        part
        for rank, dialect in enumerate(dialects, 1)
        for part in (sql.any_name_fits("x", dialect.keys), str(rank))
    ]
    rank = f"arrayMin(arrayMap(x -> multiIf({', '.join(ranks)}, 255), k))"
    names = sql.array(dialect.name for dialect in dialects)
    return f"transform({rank}, range(1, {len(dialects) + 1}), {names}, '')"
