"""Text of the filter language to a tree. Pure.

The parser is LALR: reading takes linear time and no recursion, however a text is nested.
"""

from __future__ import annotations

import functools
import re
from importlib.resources import files
from typing import Any, Final

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from spanbridge_ingest.query.search import values
from spanbridge_ingest.query.search.errors import FilterError, Misplaced
from spanbridge_ingest.query.search.fields import UnknownFieldError, resolve
from spanbridge_ingest.query.search.nodes import And, Comparison, Field, Node, Not, Or, comparisons
from spanbridge_ingest.query.search.values import Literal

MAX_CHARS: Final = 10_000
MAX_COMPARISONS: Final = 50
MAX_DEPTH: Final = 20
MAX_KEY_CHARS: Final = 500

_WORDS: Final = {
    "NAME": "a field",
    "KEY": "a key",
    "BACKQUOTED": "a key in `backticks`",
    "DOUBLE_QUOTED": 'a text in "double quotes"',
    "SINGLE_QUOTED": "a text in 'single quotes'",
    "NUMBER": "a number",
    "TRUE": "true",
    "FALSE": "false",
    "COMPARISON": "= != > >= < <=",
    "DOT": ".",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "_AND": "AND",
    "_OR": "OR",
    "$END": "the end",
}
_KEY_BEFORE: Final = re.compile(r"\.[\w\-:/@]+\s*\Z")
_QUOTES: Final = "'\"`"
_SHOWN_CHARS: Final = 20


def parse_filter(text: str) -> Node | None:
    """The tree of a filter; None if it is blank, which every trace satisfies.

    Raises:
        FilterError: it is not of the language, names what there is not, or is over a limit.
    """
    if len(text) > MAX_CHARS:
        problem = f"the filter has {len(text)} characters, more than {MAX_CHARS}"
        raise FilterError(problem, text, MAX_CHARS)
    if not text.strip():
        return None
    node: Node = _parsed(text, "expression")
    for number, comparison in enumerate(comparisons(node)):
        if number >= MAX_COMPARISONS:
            problem = f"the filter has more than {MAX_COMPARISONS} comparisons"
            raise FilterError(problem, text, comparison.position)
    return node


def parse_order(text: str) -> tuple[Field, bool]:
    """A field and whether it descends, from ``field [ASC|DESC]``.

    Raises:
        FilterError: it is not that.
    """
    if len(text) > MAX_CHARS:
        raise FilterError(f"the order has more than {MAX_CHARS} characters", text, MAX_CHARS)
    order: tuple[Field, bool] = _parsed(text, "order")
    return order


def _parsed(text: str, start: str) -> Any:
    try:
        return _parser(start).parse(text)
    except Misplaced as misplaced:
        raise misplaced.within(text) from None
    except UnexpectedInput as unexpected:
        raise _refusal(text, unexpected, "filter" if start == "expression" else start) from None


@functools.cache
def _parser(start: str) -> Lark:
    # One for each: states that two of them shared would name what only the other accepts.
    grammar = (files("spanbridge_ingest.query.search") / "grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", start=start, transformer=_Builder())


class _Builder(Transformer[Token, Any]):
    """Makes the tree while the parser reads; the methods are named as rules of the grammar."""

    def any_of(self, parts: list[Node]) -> Node:
        return _shallow(Or(tuple(parts)))

    def all_of(self, parts: list[Node]) -> Node:
        return _shallow(And(tuple(parts)))

    def negated(self, children: list[Any]) -> Node:
        return _shallow(Not(children[1]))

    def compared(self, children: list[Any]) -> Comparison:
        field, operator, literal = children
        return values.compared(field, str(operator), _at(operator), literal)

    def contained(self, children: list[Any]) -> Comparison:
        field, operators, literals = _split(children)
        return values.contained(field, _joined(operators), _at(operators[0]), literals)

    def matched(self, children: list[Any]) -> Comparison:
        field, operators, [literal] = _split(children)
        return values.compared(field, _joined(operators), _at(operators[0]), literal)

    def asked(self, children: list[Any]) -> Comparison:
        field, operators, _ = _split(children)
        return values.asked(field, _joined(operators), _at(operators[0]))

    def field(self, parts: list[Token]) -> Field:
        texts = [_key(part) for part in parts]
        if sum(map(len, texts)) > MAX_KEY_CHARS:
            raise Misplaced(f"the key has more than {MAX_KEY_CHARS} characters", _at(parts[0]))
        try:
            return resolve(texts)
        except UnknownFieldError as unknown:
            raise Misplaced(str(unknown), _at(parts[unknown.part]), unknown.accepted) from None

    def literal(self, children: list[Token]) -> Literal:
        [token] = children
        match token.type:
            case "NUMBER":
                return values.number(str(token), _at(token)), _at(token)
            case "TRUE" | "FALSE":
                return token.type == "TRUE", _at(token)
        return _unquoted(token), _at(token)

    text = literal

    def sorted_by(self, children: list[Any]) -> tuple[Field, bool]:
        return children[0], len(children) > 1 and children[1].type == "DESC"


def _shallow(node: Node) -> Node:
    if node.depth > MAX_DEPTH:
        first = next(comparisons(node)).position
        raise Misplaced(f"the filter is nested more than {MAX_DEPTH} levels deep", first)
    return node


def _split(children: list[Any]) -> tuple[Field, list[Token], list[Literal]]:
    operators = [child for child in children if isinstance(child, Token)]
    return children[0], operators, children[1 + len(operators) :]


def _joined(operators: list[Token]) -> str:
    return " ".join(operator.type for operator in operators)


def _at(token: Token) -> int:
    return token.start_pos or 0


def _key(token: Token) -> str:
    return str(token) if token.type in ("NAME", "KEY") else _unquoted(token)


def _unquoted(token: Token) -> str:
    quote = token[0]
    return str(token[1:-1]).replace(quote * 2, quote)


# What the parser did not expect


def _refusal(text: str, unexpected: UnexpectedInput, what: str) -> FilterError:
    match unexpected:
        case UnexpectedToken():
            accepted = unexpected.accepts or set()
            if unexpected.token.type == "$END":
                return FilterError(f"the {what} ends too early", text, len(text), _named(accepted))
            position = _at(unexpected.token)
            problem = f"{_shown(str(unexpected.token))} cannot stand here"
            return FilterError(problem, text, position, _named(accepted) + _keys(text, position))
        case UnexpectedCharacters():
            position = unexpected.pos_in_stream or 0
            if text[position] in _QUOTES:
                problem = f"the quote {text[position]} is not closed, or cannot stand here"
            else:
                problem = f"{_shown(text[position])} cannot stand here"
            accepted = unexpected.allowed or set()
            return FilterError(problem, text, position, _named(accepted) + _keys(text, position))
    return FilterError(f"the {what} cannot be read", text, unexpected.pos_in_stream or 0)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "...")


def _keys(text: str, position: int) -> list[str]:
    """What helps where a key has perhaps ended before its author meant it to."""
    goes_on = text[position] not in _QUOTES and _KEY_BEFORE.search(text, 0, position)
    # Not in backticks: a shell takes them for a command.
    return ['or the whole key in "double quotes"'] if goes_on else []


def _named(terminals: set[str]) -> list[str]:
    order = list(_WORDS)
    known = sorted((t for t in terminals if t in _WORDS), key=order.index)
    return [_WORDS[t] for t in known] + sorted(t for t in terminals if t not in _WORDS)
