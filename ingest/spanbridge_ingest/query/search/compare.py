"""An operator beside a column, as SQL. What a client wrote becomes a bound parameter, always."""

from __future__ import annotations

from typing import Final

from spanbridge_ingest.query.search.nodes import Comparison, Value

SELECTIVE: Final = frozenset({"=", "IN", "LIKE", "ILIKE", "RLIKE", ">", ">=", "<", "<="})
"""Operators that few values satisfy, as a rule."""

_JSON_NUMBER: Final = "'^-?(0|[1-9][0-9]*)(\\\\.[0-9]+)?([eE][+-]?[0-9]+)?$'"


class Parameters:
    """The parameters of one query on a database. Equal values share a name."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.values: dict[str, object] = {"database": database}
        self._names: dict[tuple[str, str], str] = {}

    def bind(self, value: object, type_: str) -> str:
        """The placeholder of a value."""
        known = (type_, repr(value))
        name = self._names.setdefault(known, f"p{len(self._names)}")
        self.values[name] = value
        return f"{{{name}:{type_}}}"


def is_number(value: object) -> bool:
    """Whether a value of a filter is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def text_test(column: str, comparison: Comparison, parameters: Parameters) -> str:
    """Whether a text that is there satisfies the comparison."""
    value, operator = comparison.value, comparison.operator
    if isinstance(value, tuple):
        listed = parameters.bind([str(item) for item in value], "Array(String)")
        return f"{column} {operator} {listed}"
    bound = parameters.bind(value, "String")
    if operator.endswith("RLIKE"):
        return f"{'NOT ' if operator.startswith('NOT') else ''}match({column}, {bound})"
    return f"{column} {operator} {bound}"


def number_test(column: str, comparison: Comparison, parameters: Parameters) -> str:
    """Whether a number that is there satisfies the comparison."""
    value, operator = comparison.value, comparison.operator
    if isinstance(value, tuple):
        equal = " OR ".join(f"{column} = {_number(item, parameters)}" for item in value)
        return f"NOT ({equal})" if operator == "NOT IN" else f"({equal})"
    assert isinstance(value, bool | int | float)
    return f"{column} {operator} {_number(value, parameters)}"


def any_test(column: str, comparison: Comparison, parameters: Parameters) -> str:
    """Whether a text, which may spell a number or a boolean, satisfies the comparison.

    A text in the filter is compared with the text, ``true`` and ``false`` with these words. A
    number is compared with what the text spells as a number: as 64-bit integers if both are, else
    as doubles; a text that spells none is unequal to every number.
    """
    value, operator = comparison.value, comparison.operator
    if isinstance(value, tuple):
        tests = [_equal(column, item, parameters) for item in value]
        texts = [item for item in value if isinstance(item, str)]
        if len(texts) == len(value):
            return text_test(column, comparison, parameters)
        anywhere = " OR ".join(tests)
        return f"NOT ({anywhere})" if operator == "NOT IN" else f"({anywhere})"
    if isinstance(value, str):
        return text_test(column, comparison, parameters)
    assert value is not None
    if operator in ("=", "!="):
        return f"{'NOT ' if operator == '!=' else ''}({_equal(column, value, parameters)})"
    return _ordered(column, operator, value, parameters)


def _equal(column: str, value: Value, parameters: Parameters) -> str:
    if isinstance(value, bool):
        return f"{column} = '{'true' if value else 'false'}'"
    if isinstance(value, str):
        return f"{column} = {parameters.bind(value, 'String')}"
    return _ordered(column, "=", value, parameters)


def _ordered(column: str, operator: str, value: Value, parameters: Parameters) -> str:
    double = parameters.bind(float(value), "Float64")
    compared = f"toFloat64OrZero({column}) {operator} {double}"
    if isinstance(value, int):
        whole = parameters.bind(value, "Int64")
        compared = f"ifNull(toInt64OrNull({column}) {operator} {whole}, {compared})"
    return f"(match({column}, {_JSON_NUMBER}) AND {compared})"


def _number(value: Value, parameters: Parameters) -> str:
    return parameters.bind(value, "Int64" if isinstance(value, int) else "Float64")


def unquoted(text: str) -> str:
    """The text that a quoted JSON string spells; any other text itself.

    MLflow writes every attribute as JSON, so that a text comes with quotes around it.
    """
    quoted = f"startsWith({text}, '\"') AND isValidJSON({text})"
    return f"if({quoted}, JSONExtractString({text}), {text})"
