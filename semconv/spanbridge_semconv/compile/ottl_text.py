"""Pieces of OTTL, and the names the statements share.

A statement is an editor call with a ``where``. What one group of statements finds, the next reads
from a scratch attribute of the span (:data:`SCRATCH`), because a cache lives as long as its group;
the last group removes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from spanbridge_semconv.model import Concept, Dialect, Source, Vocabulary
from spanbridge_semconv.patterns import INDEX

SCRATCH_KEY: Final = '"spanbridge.tmp"'
SCRATCH: Final = f"span.attributes[{SCRATCH_KEY}]"
DIALECT: Final = f'{SCRATCH}["dialect"]'
KEYS: Final = f'{SCRATCH}["keys"]'
"""The keys of the span's attributes, as ``,"a","b"]``: each stands between ``,"`` and ``"``."""
EVENTS: Final = f'{SCRATCH}["events"]'
DOCUMENTS: Final = f'{SCRATCH}["json"]'

VALUE: Final = 'span.cache["v"]'
"""The value of the concept at hand: not there as long as no source had one, and never empty."""
OPEN: Final = f"{VALUE} == nil"
FOUND: Final = f"{VALUE} != nil"
VALUES: Final = f'{SCRATCH}["v"]'
"""The cache, between the groups of statements that read concepts."""
PART: Final = 'span.cache["t"]'
"""A text on its way to :data:`VALUE`."""
NO_PART: Final = f'delete_key(span.cache, "t") where {PART} != nil'
TABLE: Final = 'span.cache["m"]'
"""The map a text is looked up in, while it is."""
OUT: Final = f'{SCRATCH}["out"]'
"""The attributes to be written."""
KEPT: Final = f'{SCRATCH}["kept"]'
"""The attributes to be left as they are."""
LEFT_OUT: Final = "\x00"
"""Stands in :data:`VALUE` for: something decides here that OTTL cannot read."""

COUNT: Final = "^(?:[0-9]{1,18}|[+][0-9]{1,17})$"
"""At most 18 characters, so that sums of counts stay within 64 bits."""


class OttlError(Exception):
    """The registry says something that is neither translated to OTTL nor listed as a limit."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The registry, as the generator read it."""

    concepts: tuple[Concept, ...]
    dialects: tuple[Dialect, ...]
    sources: Mapping[str, tuple[Source, ...]]
    vocabularies: Mapping[str, Vocabulary]


def text(value: str) -> str:
    """A string literal."""
    return json.dumps(value, ensure_ascii=False)


def any_of(conditions: Iterable[str]) -> str:
    """At least one condition holds."""
    parts = list(conditions)
    return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"


def no_scratch(*conditions: str) -> str:
    """A statement that removes the scratch attribute."""
    return where(f"delete_key(span.attributes, {SCRATCH_KEY})", *conditions)


def assign(target: str, value: str, *conditions: str) -> str:
    """A statement that sets a target, if all conditions hold."""
    return where(f"set({target}, {value})", *conditions)


def where(editor: str, *conditions: str) -> str:
    """A statement with its conditions, those that are cheap or seldom hold first."""
    given = [condition for condition in conditions if condition]
    return f"{editor} where {' and '.join(given)}" if given else editor


def still_open(given: Sequence[str]) -> list[str]:
    """Conditions, and that the concept has no value yet.

    The first condition, that there is something to read, is the one that fails for most.
    """
    return [*given[:1], OPEN, *given[1:]]


def attribute(key: str) -> str:
    """The path of an attribute."""
    return f"span.attributes[{text(key)}]"


def equals_one(path: str, values: Sequence[str]) -> str:
    """The text of a value is one of some texts, none of which is empty."""
    return any_of(f"{_as_text(path, value)} == {text(value)}" for value in values)


def _as_text(path: str, value: str) -> str:
    """Only a text that a number, a flag or JSON may have needs them to be written as one."""
    plain = value[:1].isalpha() and value not in ("true", "false")
    return path if plain else f"String({path})"


def escaped(name: str) -> str:
    """A name in a regular expression, without backslashes."""
    return "".join(char if char.isalnum() or char in "_-:/ " else f"[{char}]" for char in name)


def key_regex(pattern: str) -> str:
    """A regular expression for the keys that fit a pattern, in :data:`KEYS`."""
    body, end = (pattern[:-1], "") if pattern.endswith("*") else (pattern, '"')
    return ',"' + INDEX.strip("()").join(map(escaped, body.split("{i}"))) + end


def looked_up(text_path: str, table: Mapping[str, str], *conditions: str) -> list[str]:
    """Statements that set :data:`VALUE` to what a table has for a text, if it has it.

    The table is made only where it is needed: most spans never come to that.
    """
    if len(table) <= 2:
        words: dict[str, list[str]] = {}
        for word, value in table.items():
            words.setdefault(value, []).append(word)
        return [
            assign(VALUE, text(value), *conditions, equals_one(text_path, some))
            for value, some in words.items()
        ]
    listed = f"IsMatch({text_path}, {text(f'^(?:{chr(124).join(map(escaped, table))})$')})"
    return [
        assign(TABLE, json.dumps(table, ensure_ascii=False), *conditions, listed),
        assign(VALUE, f"{TABLE}[String({text_path})]", f"{TABLE} != nil"),
        where('delete_key(span.cache, "m")', f"{TABLE} != nil"),
    ]


def key_fits(pattern: str, keys: str) -> str:
    """Some key fits a pattern."""
    plain = json.dumps(pattern.removesuffix("*"))[1:-1]
    if plain != pattern.removesuffix("*") or any(char in pattern for char in "<>&"):
        raise OttlError(f"the key pattern {pattern!r} has characters that JSON writes as escapes")
    if "{i}" in pattern:
        return f"IsMatch({keys}, {text(key_regex(pattern))})"
    end = "" if pattern.endswith("*") else '"'
    return f"Index({keys}, {text(f',{chr(34)}{plain}{end}')}) >= 0"


def caseless(words: Iterable[str], prefix: str = "") -> str:
    """A regular expression for words in lower case, however ASCII letters are written."""

    def folded(word: str) -> str:
        return "".join(
            f"[{char.upper()}{char}]" if "a" <= char <= "z" else escaped(char) for char in word
        )

    start = f"(?:{folded(prefix)})?" if prefix else ""
    return f"^{start}(?:{'|'.join(map(folded, words))})$"
