"""Conditions in OTTL: those of sources, and the dialect of a span."""

from __future__ import annotations

from typing import Final

from spanbridge_semconv.compile import ottl_text as ottl
from spanbridge_semconv.compile.ottl_text import OttlError, Tables
from spanbridge_semconv.model import COLLECTED, TRANSLATED, Dialect, When
from spanbridge_semconv.patterns import is_key, literal_prefix

_STATUS: Final = {
    "Unset": "STATUS_CODE_UNSET",
    "Ok": "STATUS_CODE_OK",
    "Error": "STATUS_CODE_ERROR",
}
_PARTS: Final = frozenset(
    (
        *("dialects", "scopes", "not_scopes", "status", "not_status", "has", "lacks"),
        *("equals", "not_equals", "ends"),
    )
)
"""The parts of a condition that are translated here: a new one must not be passed over."""
_FOUND: Final = 'span.cache["dialect"]'
_SEEN: Final = 'span.cache["keys"]'
_SCOPE: Final = f'{ottl.SCRATCH}["scope"]'


def conditions(when: When | None) -> list[str]:
    """What must hold, all of it."""
    if when is None:
        return []
    if new := set(When.__slots__) - _PARTS:
        raise OttlError(f"no translation for {', '.join(sorted(new))} in a condition")
    found: list[str] = []
    if when.dialects:
        found.append(ottl.any_of(f"{ottl.DIALECT} == {ottl.text(name)}" for name in when.dialects))
    if when.scopes:
        found.append(ottl.any_of(map(_scope, when.scopes)))
    found += [f"not {_scope(pattern)}" for pattern in when.not_scopes]
    if when.status:
        found.append(ottl.any_of(f"span.status.code == {_STATUS[code]}" for code in when.status))
    found += [f"span.status.code != {_STATUS[code]}" for code in when.not_status]
    if when.has:
        found.append(ottl.any_of(map(_has, when.has)))
    found += map(_lacks, when.lacks)
    found += [_equals(key, values) for key, values in when.equals]
    found += [f"not ({_equals(key, values)})" for key, values in when.not_equals]
    return found + [_ends(key, values) for key, values in when.ends]


def _scope(pattern: str) -> str:
    if is_key(pattern):
        return f"{_SCOPE} == {ottl.text(pattern)}"
    if pattern.count("*") != 1 or "{i}" in pattern:
        raise OttlError(f"the scope pattern {pattern!r} is no name and no prefix")
    return f"HasPrefix({_SCOPE}, {ottl.text(literal_prefix(pattern))})"


def _has(pattern: str) -> str:
    if not is_key(pattern):
        return ottl.key_fits(pattern, ottl.KEYS)
    path = ottl.attribute(pattern)
    return f'({path} != nil and {path} != "")'


def _lacks(pattern: str) -> str:
    if not is_key(pattern):
        return f"not ({ottl.key_fits(pattern, ottl.KEYS)})"
    path = ottl.attribute(pattern)
    return f'({path} == nil or {path} == "")'


def _equals(key: str, values: tuple[str, ...]) -> str:
    path = ottl.attribute(key)
    named = [value for value in values if value]
    found = [ottl.equals_one(path, named)] if named else []
    if "" in values:
        found += [f"{path} == nil", f'{path} == ""']
    return ottl.any_of(found)


def _ends(key: str, values: tuple[str, ...]) -> str:
    path = ottl.attribute(key)
    ends = ottl.any_of(f"HasSuffix(String({path}), {ottl.text(value)})" for value in values)
    return f"({path} != nil and {ends})"


def candidates(tables: Tables) -> list[str]:
    """Statements that mark each span that may be one of a dialect; every span passes through them.

    Marked spans get the scratch attribute, with their keys in it. A key is compared by its first
    segment only: the dialect is found afterwards.
    """
    patterns = [pattern for dialect in tables.dialects for pattern in dialect.keys]
    starts = dict.fromkeys(_start(pattern) for pattern in patterns)
    # A regular expression with a literal start is looked for by that: one pass over the keys.
    keys = ottl.text(f""",\"(?:{"|".join(ottl.escaped(start) for start in starts)})""")
    scopes = [pattern for dialect in tables.dialects for pattern in dialect.scopes]
    hints = [f"IsMatch({_SEEN}, {keys})", f"IsMatch(scope.name, {ottl.text(_regex(scopes))})"]
    hints += [_resource(dialect) for dialect in tables.dialects if dialect.resources]
    hints.append(_emitted(tables))
    untouched = f"{ottl.attribute(COLLECTED)} == nil"
    listed = 'Concat([",", TrimPrefix(String(Keys(span.attributes)), "[")], "")'
    return [
        ottl.no_scratch(f"{ottl.SCRATCH} != nil"),
        ottl.assign(_SEEN, listed, untouched),
        ottl.assign(ottl.KEYS, _SEEN, f"{_SEEN} != nil", ottl.any_of(hints)),
    ]


def _emitted(tables: Tables) -> str:
    names = [dialect.name for dialect in tables.dialects]
    return ottl.equals_one(ottl.attribute(TRANSLATED), names)


def _start(pattern: str) -> str:
    segment, dot, _ = pattern.partition(".")
    return segment + dot if dot else literal_prefix(pattern)


def _regex(scopes: list[str]) -> str:
    names = [ottl.escaped(name) for name in scopes if is_key(name)]
    starts = [ottl.escaped(literal_prefix(name)) for name in scopes if not is_key(name)]
    return f"^(?:{'|'.join([*starts, *(f'{name}$' for name in names)])})"


def _resource(dialect: Dialect) -> str:
    return ottl.any_of(
        ottl.equals_one(f"resource.attributes[{ottl.text(key)}]", values)
        for key, values in dialect.resources
    )


def detection(tables: Tables) -> list[str]:
    """Statements that find the dialect of a marked span; one without loses its mark."""
    exact = [(d, [_scope(p) for p in d.scopes if is_key(p)]) for d in tables.dialects]
    prefixes = [(d, [_scope(p) for p in d.scopes if not is_key(p)]) for d in tables.dialects]
    resources = [(d, [_resource(d)] if d.resources else []) for d in tables.dialects]
    keys = [(d, [ottl.key_fits(p, _SEEN) for p in d.keys]) for d in tables.dialects]
    # The scope of a span that spanbridge wrote tells nothing of its attributes any more.
    emitted = _emitted(tables)
    found = [
        ottl.assign(_SEEN, ottl.KEYS),
        ottl.assign(_FOUND, ottl.attribute(TRANSLATED), emitted),
        ottl.assign(_SCOPE, "scope.name"),
        ottl.assign(_SCOPE, '""', f"{_FOUND} != nil"),
    ]
    for dialect, hints in (*exact, *prefixes, *resources, *keys):
        if hints:
            name = ottl.text(dialect.name)
            found.append(ottl.assign(_FOUND, name, f"{_FOUND} == nil", ottl.any_of(hints)))
    return [
        *found,
        ottl.assign(ottl.DIALECT, _FOUND, f"{_FOUND} != nil"),
        ottl.no_scratch(f"{_FOUND} == nil"),
    ]
