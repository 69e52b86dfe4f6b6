"""What users of a read-only front may run.

``SET readonly = 1`` on a handle refuses writes, settings and table functions. It does not refuse
everything: in an embedded engine a query may still read a file (the ``file`` *function*), write
one (``INTO OUTFILE``, which the engine takes for its own client's), kill other queries, and have a
table function find out its columns (``DESCRIBE``), for which it opens files and connections. So
the query is also looked at here, in the form the engine's own formatter gives it: without
comments, without escapes in names, one statement only.
"""

from __future__ import annotations

import re
from typing import Final

from spanbridge_ingest.clickhouse_http.failures import READONLY, FrontError

_READING: Final = frozenset({"SELECT", "WITH", "SHOW", "DESCRIBE", "EXISTS", "EXPLAIN", "USE", "("})
_DENIED_FUNCTIONS: Final = frozenset({"file", "python", "catboostevaluate"})
"""Functions that reach beyond the database, in lower case."""

_TOKEN: Final = re.compile(
    r"'(?:[^'\\]|\\.|'')*'"  # string
    r"|`(?:[^`\\]|\\.|``)*`"  # quoted name
    r'|"(?:[^"\\]|\\.|"")*"'
    r"|\w+"
    r"|[^\s\w]",
    re.DOTALL,
)
_FORMAT: Final = re.compile(r"\sFORMAT\s+(\w+)\s*$", re.IGNORECASE)


def tokens(statement: str) -> list[str]:
    """The tokens of a formatted statement; names without quotes, strings with them."""
    found = _TOKEN.findall(statement)
    return [t[1:-1] if t[0] in '`"' else t for t in found]


def check_reading(statement: str) -> None:
    """Refuse what is more than reading.

    Args:
        statement: as ``formatQuerySingleLine`` gives it.

    Raises:
        FrontError: it is refused.
    """
    words = tokens(statement)
    first = words[0].upper() if words else ""
    if first not in _READING:
        raise FrontError(READONLY, f"Cannot execute query in readonly mode: {first} is refused")
    if first == "DESCRIBE" and words[3:4] == ["("] and words[2] != "(":
        raise FrontError(READONLY, "DESCRIBE of a table function is refused in readonly mode")
    for n, word in enumerate(words):
        following = words[n + 1] if n + 1 < len(words) else ""
        if word.upper() == "INTO" and following.upper() == "OUTFILE":
            raise FrontError(READONLY, "INTO OUTFILE is refused in readonly mode")
        if word.lower() in _DENIED_FUNCTIONS and (following == "(" or _applied(words, n)):
            raise FrontError(READONLY, f"function {word} is refused in readonly mode")


def _applied(words: list[str], n: int) -> bool:
    """Whether the word is the function of a column transformer: ``* APPLY f``, ``* APPLY(f)``."""
    before = [word.upper() for word in words[max(n - 2, 0) : n]]
    return before[-1:] == ["APPLY"] or before == ["APPLY", "("]


def split_format(statement: str) -> tuple[str, str | None]:
    """A formatted statement without its FORMAT clause, and the format."""
    found = _FORMAT.search(statement)
    if found is None:
        return statement, None
    return statement[: found.start()], found[1]
