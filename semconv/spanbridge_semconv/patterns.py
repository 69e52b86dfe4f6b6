"""Patterns for attribute keys and scope names.

``a.b`` is that name; ``a.*`` is every name that starts with ``a.``; ``a.{i}.b`` has an index (one
to nine ASCII digits) in its middle, and may end in ``*`` as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from typing import Final, TypeVar

T = TypeVar("T")

INDEX: Final = "([0-9]{1,9})"
_MAX_REMEMBERED: Final = 256
"""Characters of a name."""
TIMESTAMP: Final = (
    '^"?(20[0-9]{2}-[01][0-9]-[0-3][0-9]T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
    '(?:[.][0-9]{1,9})?)(?:Z|[+]00:00)"?$'
)
"""A time in UTC as RFC 3339 has it, possibly quoted as JSON."""
ERROR_NAME: Final = "(?:^|[^A-Za-z])([A-Z][A-Za-z]{0,80}(?:Error|Exception))"
"""The first name of an exception in a text. Bounded, so that no text takes long."""
MODEL_PREFIX: Final = '^"?([A-Za-z]+[-./:0-9]?)'
"""What tells a maker of models from others: ``gpt-``, ``claude-``, ``o3``, ``anthropic.``."""


def member_pattern(name: str) -> str:
    """A regular expression for the whole number that follows a member's name.

    It reads JSON, and what other languages print of a mapping or an object: ``"a": 1``, ``'a': 1``,
    ``a=1``.
    """
    return f"(?:^|[^A-Za-z0-9_]){name}[\"']?[:=] ?([0-9]+)"


def regex(pattern: str) -> str:
    """The pattern as a regular expression anchored at both ends, one group per index.

    The text is the same in Python and in RE2, and holds no backslash: a dot is written ``[.]``.
    """
    body, rest = (pattern[:-1], "(?s:.*)") if pattern.endswith("*") else (pattern, "")
    return f"^{escaped(body).replace('{i}', INDEX)}{rest}$"


def escaped(text: str) -> str:
    """A regular expression for a text; an index stays what it is."""
    return "".join(char if char.isalnum() or char in "_{}-:/" else f"[{char}]" for char in text)


@cache
def matcher(pattern: str) -> Callable[[str], bool]:
    """A function that tells whether a name fits the pattern."""
    if "{i}" in pattern:
        compiled = re.compile(regex(pattern).removesuffix("$"))
        return lambda name: compiled.fullmatch(name) is not None
    if pattern.endswith("*"):
        return lambda name: name.startswith(pattern[:-1])
    return lambda name: name == pattern


def fits_any(patterns: Iterable[str], name: str) -> bool:
    """Whether a name fits any of the patterns."""
    return any(matcher(pattern)(name) for pattern in patterns)


def fitting(patterns: Iterable[str]) -> Callable[[str], bool]:
    """:func:`fits_any` for many patterns: what it costs hardly depends on their number."""
    known = tuple(patterns)
    names = frozenset(filter(is_key, known))
    starts = tuple(literal_prefix(one) for one in known if one.endswith("*") and "{i}" not in one)
    indexed = tuple(matcher(one) for one in known if "{i}" in one)
    return lambda name: (
        name in names or name.startswith(starts) or any(fits(name) for fits in indexed)
    )


def remembering(decide: Callable[[str], T]) -> Callable[[str], T]:
    """A function that remembers what was decided for the latest names.

    Names come from outside: long ones are decided anew, so that they do not fill the memory.
    """
    known = lru_cache(maxsize=4096)(decide)

    def answer(name: str) -> T:
        return known(name) if len(name) <= _MAX_REMEMBERED else decide(name)

    return answer


@cache
def is_key(pattern: str) -> bool:
    """Whether the pattern is one name."""
    return "{i}" not in pattern and not pattern.endswith("*")


def literal_prefix(pattern: str) -> str:
    """What every name that fits starts with."""
    return pattern.partition("{i}")[0].removesuffix("*")
