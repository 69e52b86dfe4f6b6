"""Which values an operator takes beside which field. Pure."""

from __future__ import annotations

import math
import re
from typing import Final, TypeAlias

from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.query.search.errors import Misplaced
from spanbridge_ingest.query.search.fields import FIELDS, OPERATORS, ORDER, PATTERNS, Spec, Type
from spanbridge_ingest.query.search.nodes import Comparison, Field, Value
from spanbridge_ingest.query.times import parse_time

Literal: TypeAlias = tuple[Value, int]
"""A value and where it stands."""

MAX_LISTED: Final = 1000
MAX_PATTERN_CHARS: Final = 1000

_MS: Final = 1_000_000
_TRACE_ID_PREFIX: Final = "tr-"
_TEXT: Final = ("a text in 'single quotes'",)
_NUMBER: Final = ("a number",)
_TIME: Final = ("a number of ms since the epoch", "a time such as '2026-01-31T12:00:00Z'")


def compared(field: Field, operator: str, operator_at: int, literal: Literal) -> Comparison:
    """``field operator value``. Raises Misplaced."""
    spec = _checked(field, operator, operator_at)
    value, at = literal
    if operator in PATTERNS:
        pattern = _pattern(operator, value, at)
        if field.name == "trace_id" and not operator.endswith("RLIKE"):
            pattern = pattern.removeprefix(_TRACE_ID_PREFIX).lower()
        return Comparison(field, operator, pattern, at)
    value = _value(field, spec, operator, value, at)
    return Comparison(field, operator, value, at)


def contained(field: Field, operator: str, operator_at: int, literals: list[Literal]) -> Comparison:
    """``field IN (...)``. Raises Misplaced."""
    spec = _checked(field, operator, operator_at)
    if len(literals) > MAX_LISTED:
        raise Misplaced(f"more than {MAX_LISTED} values in a list", literals[MAX_LISTED][1])
    values = tuple(_value(field, spec, operator, value, at) for value, at in literals)
    return Comparison(field, operator, values, operator_at)


def asked(field: Field, operator: str, operator_at: int) -> Comparison:
    """``field IS [NOT] NULL``. Raises Misplaced."""
    _checked(field, operator, operator_at)
    return Comparison(field, operator, None, operator_at)


def _checked(field: Field, operator: str, at: int) -> Spec:
    spec = FIELDS[field.name]
    if operator not in OPERATORS[spec.type]:
        raise Misplaced(f"{field.name} cannot be asked {operator}", at, OPERATORS[spec.type])
    return spec


def _value(field: Field, spec: Spec, operator: str, value: Value, at: int) -> Value:
    match spec.type:
        case Type.TIME:
            return _time(field, spec, value, at)
        case Type.NUMBER:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise Misplaced(f"{field.name} is a number: {spec.meaning}", at, _NUMBER)
        case Type.TEXT:
            if not isinstance(value, str):
                raise Misplaced(f"{field.name} is a text: {spec.meaning}", at, _TEXT)
            if field.name == "trace_id":
                return value.removeprefix(_TRACE_ID_PREFIX).lower()
        case Type.STATUS:
            if not isinstance(value, str) or value.upper() not in spec.words:
                raise Misplaced(
                    f"{field.name} has no such value", at, [f"'{word}'" for word in spec.words]
                )
            return value.upper()
        case Type.ANY:
            if operator in ORDER and (isinstance(value, bool | str)):
                raise Misplaced(f"{operator} compares numbers", at, _NUMBER)
    return value


def _time(field: Field, spec: Spec, value: Value, at: int) -> Value:
    if isinstance(value, str):
        try:
            moment = parse_time(field.name, value)
        except BadQueryError:
            moment = None
        if moment is None:
            raise Misplaced(f"{field.name} is a time: {spec.meaning}", at, _TIME)
        # A fraction of a millisecond stays: `>` must not lose it.
        return moment // _MS if moment % _MS == 0 else moment / _MS
    if isinstance(value, bool):
        raise Misplaced(f"{field.name} is a time: {spec.meaning}", at, _TIME)
    return value


def _pattern(operator: str, value: Value, at: int) -> str:
    if not isinstance(value, str):
        raise Misplaced(f"{operator} takes a pattern", at, _TEXT)
    if len(value) > MAX_PATTERN_CHARS:
        raise Misplaced(f"the pattern has more than {MAX_PATTERN_CHARS} characters", at)
    if not operator.endswith("RLIKE") and re.fullmatch(r"(?s)(?:[^\\]|\\.)*", value) is None:
        raise Misplaced("the pattern ends in a single backslash", at, [r"\\ for a backslash"])
    return value


def number(text: str, at: int) -> Value:
    """The number that digits spell. Raises Misplaced."""
    if re.fullmatch(r"[+-]?\d+", text):
        whole = int(text) if len(text) < 40 else None
        if whole is not None and -(2**63) <= whole < 2**63:
            return whole
    found = float(text)
    if not math.isfinite(found):
        raise Misplaced("the number is too large", at)
    return found
