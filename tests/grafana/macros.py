"""What Grafana and its ClickHouse plugin make of a query before the server sees it.

Written from the documentation of Grafana's variable formats and of the plugin's macros (4.20).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

ALL = "*"
"""The custom value of All in every dashboard here."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(?!__)(\w+)")
_MACRO = re.compile(r"\$__(\w+)(\(?)")


@dataclass(frozen=True)
class Context:
    """When and for whom a panel is drawn.

    ``values`` has the chosen values by variable: a list for one of several values, :data:`ALL` for
    All, a text for text boxes and single choices. Times are seconds since the epoch.
    """

    begin: int
    end: int
    interval_s: float = 3600
    values: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


def expand(query: str, context: Context) -> str:
    """The SQL that the plugin sends: variables first, in the browser, then macros."""
    return _macros(_VARIABLE.sub(lambda found: _variable(found, context), query), context)


def _variable(found: re.Match[str], context: Context) -> str:
    name, style = found[1] or found[3], found[2]
    value = context.values[name]
    if style != "percentencode":
        raise AssertionError(f"${name} is put into the query as it is: {found[0]}")
    return percent_encoded(value)


def percent_encoded(value: str | Sequence[str]) -> str:
    """Grafana's format ``percentencode``: several values stand in braces, with commas."""
    text = value if isinstance(value, str) else "{" + ",".join(value) + "}"
    return quote(text, safe="-_.~")


def _macros(query: str, context: Context) -> str:
    out, at = [], 0
    while found := _MACRO.search(query, at):
        out.append(query[at : found.start()])
        at, arguments = _arguments(query, found) if found[2] else (found.end(), [])
        out.append(_MACROS[found[1]](context, *(_macros(text, context) for text in arguments)))
    return "".join([*out, query[at:]])


def _arguments(query: str, found: re.Match[str]) -> tuple[int, list[str]]:
    depth, begin, arguments = 1, found.end(), []
    for at in range(begin, len(query)):
        depth += {"(": 1, ")": -1}.get(query[at], 0)
        if not depth or (depth == 1 and query[at] == ","):
            arguments.append(query[begin:at].strip())
            begin = at + 1
        if not depth:
            return at + 1, arguments
    raise AssertionError(f"{found[0]} is not closed")


def _between(context: Context, column: str) -> str:
    begin, end = f"toDateTime({context.begin})", f"toDateTime({context.end})"
    return f"{column} >= {begin} AND {column} <= {end}"


def _interval(context: Context, column: str) -> str:
    seconds = int(max(context.interval_s, 1))
    return f"toStartOfInterval(toDateTime({column}), INTERVAL {seconds} second)"


_MACROS: dict[str, Callable[..., str]] = {
    "timeFilter": _between,
    "timeInterval": _interval,
    "fromTime": lambda context: f"toDateTime({context.begin})",
    "toTime": lambda context: f"toDateTime({context.end})",
    "interval_s": lambda context: str(int(max(context.interval_s, 1))),
}
"""The macros the queries use, by name."""
