"""The dialect of a span, as an expression."""

from __future__ import annotations

from spanbridge_semconv._generated.dialects import DIALECTS
from spanbridge_semconv.compile import sql
from spanbridge_semconv.patterns import is_key, literal_prefix, regex


def dialect() -> str:
    """By scope, else by resource, else by key; exact names before patterns."""
    known = f"multiIf({sql.IS_TRANSLATED}, {sql.TRANSLATED}, {_by_scope()}{_by_resource()}'')"
    candidates = f"arrayFilter(k -> {_is_candidate()}, if(s = '', {sql.KEYS}, []))"
    by_key = sql.let({"s": "s", "k": candidates}, f"if(s != '', s, {_by_key()})")
    return sql.let({"s": known}, by_key)


def _by_scope() -> str:
    branches: list[str] = []
    for dialect in DIALECTS:
        if names := [scope for scope in dialect.scopes if is_key(scope)]:
            branches += [sql.one_of(sql.SCOPE, names), sql.text(dialect.name)]
    for dialect in DIALECTS:
        patterns = [scope for scope in dialect.scopes if not is_key(scope)]
        if patterns:
            fits = [f"startsWith({sql.SCOPE}, {sql.text(literal_prefix(p))})" for p in patterns]
            branches += [sql.any_of(fits), sql.text(dialect.name)]
    return "".join(f"{branch}, " for branch in branches)


def _by_resource() -> str:
    return "".join(
        f"{sql.one_of(f'ResourceAttributes[{sql.text(key)}]', values)}, {sql.text(dialect.name)}, "
        for dialect in DIALECTS
        for key, values in dialect.resources
    )


def _is_candidate() -> str:
    """A key is worth a closer look if some pattern has its first segment."""
    patterns = [pattern for dialect in DIALECTS for pattern in dialect.keys]
    segments = {pattern.partition(".")[0] for pattern in patterns if "." in pattern}
    known = sql.texts(sorted(segments))
    fits = [f"transform(substringIndex(k, '.', 1), {known}, range(1, {len(segments) + 1}), 0) > 0"]
    undotted = [pattern for pattern in patterns if "." not in pattern]
    fits += [f"startsWith(k, {sql.text(literal_prefix(pattern))})" for pattern in undotted]
    return sql.any_of(fits)


def _by_key() -> str:
    dialects = [dialect for dialect in DIALECTS if dialect.keys]
    ranks: list[str] = []
    for rank, dialect in enumerate(dialects, 1):
        expression = "|".join(regex(pattern) for pattern in dialect.keys)
        ranks += [f"match(x, {sql.text(expression)})", str(rank)]
    best = f"arrayMin(arrayMap(x -> multiIf({', '.join(ranks)}, 255), k))"
    names = sql.texts(dialect.name for dialect in dialects)
    return f"transform({best}, range(1, {len(dialects) + 1}), {names}, '')"
